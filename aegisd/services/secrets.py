"""What was sent in secret does not come back in the open: services that echo their headers are common. Pure."""

import json
import re
from collections.abc import Mapping

_LEAST = 6
_SENSITIVE = re.compile(r"authorization|cookie|key|passw|secret|token", re.IGNORECASE)
_MASK = "***"


def list_secrets(*values: str | None) -> tuple[str, ...]:
    """The values to mask, as they are and as JSON writes them, the longest first. Short ones are left: to mask them
    would break more than it hides. Of `Bearer TOKEN` the token alone is masked as well."""
    found: set[str] = set()
    for value in values:
        for part in (value or "", *(value or "").split()):
            if len(part) >= _LEAST:
                found |= {part, json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]}
    found -= {"Bearer", "Digest"}
    return tuple(sorted(found, key=len, reverse=True))


def list_header_secrets(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The values to mask of the headers whose names say that they are secret."""
    return list_secrets(*(value for name, value in headers.items() if _SENSITIVE.search(name)))


def mask_text(text: str, secrets: tuple[str, ...]) -> str:
    """`text` with `***` in the place of each of `secrets`."""
    for secret in secrets:
        text = text.replace(secret, _MASK)
    return text


def mask_bytes(body: bytes, secrets: tuple[str, ...]) -> bytes:
    """As `mask_text`, of a body that may be in any encoding close to UTF-8."""
    for secret in secrets:
        body = body.replace(secret.encode(), _MASK.encode())
    return body
