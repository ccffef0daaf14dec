"""Secrets as Standard Webhooks writes them."""

import base64
import binascii

PREFIX = "whsec_"


def decode_whsec(secret: str) -> bytes:
    """The key in `whsec_` and base64. Raises ValueError when it is none, or shorter than 24 or longer than 64 bytes."""
    if not secret.startswith(PREFIX):
        message = f"it does not begin with {PREFIX}"
        raise ValueError(message)
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        message = f"what follows {PREFIX} is not base64"
        raise ValueError(message) from None
    if not 24 <= len(key) <= 64:
        message = f"it stands for {len(key)} bytes instead of 24 to 64"
        raise ValueError(message)
    return key
