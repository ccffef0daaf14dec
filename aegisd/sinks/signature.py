"""The headers that prove where a delivery comes from. Pure; the bytes that are signed are the bytes that are sent.

Two proofs, with the same keys: Standard Webhooks (standardwebhooks.com: HMAC-SHA256 of `id.timestamp.body`, base64, one
for each key), and `X-Aegis-Signature` (HMAC-SHA256 of the body, hexadecimal), which the simplest receiver can check.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

Headers = list[tuple[bytes, bytes]]


def make_proof(keys: Sequence[bytes], *, message: str, timestamp: int, body: bytes) -> Headers:
    """The headers for `body`, sent as `message` at `timestamp` (seconds since 1970). The first of `keys` is the one in
    use, a second one the next. Without keys there is nothing to prove, and only id and time are told."""
    stamp = str(timestamp).encode()
    headers: Headers = [(b"webhook-id", message.encode()), (b"webhook-timestamp", stamp)]
    if not keys:
        return headers
    content = message.encode() + b"." + stamp + b"." + body
    signatures = [b"v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)) for key in keys]
    headers.append((b"webhook-signature", b" ".join(signatures)))
    names = (b"x-aegis-signature", b"x-aegis-signature-next")
    for name, key in zip(names, keys, strict=False):
        headers.append((name, hmac.new(key, body, hashlib.sha256).hexdigest().encode()))
    return headers
