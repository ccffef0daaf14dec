"""What a secret is as the key of an HMAC, as Standard Webhooks says: `whsec_` and base64, or the text itself."""

from aegisd.core.secret import PREFIX, decode_whsec

SHORTEST = 24


def decode_key(secret: str) -> bytes:
    """The key that `secret` stands for: the bytes behind `whsec_`, else its UTF-8. Raises ValueError."""
    return decode_whsec(secret) if secret.startswith(PREFIX) else secret.encode()
