"""Proofs over bytes. Every secret is tried, and compared in constant time, so that the time taken tells nothing."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable

_HEX = re.compile(r"[0-9a-fA-F]{64}")


class UnprovenError(Exception):
    """A delivery does not prove where it comes from; the message is for the operator, never for the sender."""


def read_hex(text: str) -> bytes:
    """A SHA-256 in hexadecimal digits. Raises UnprovenError."""
    if not _HEX.fullmatch(text):
        message = "the signature is not 64 hexadecimal digits"
        raise UnprovenError(message)
    return bytes.fromhex(text)


def read_base64(text: str) -> bytes:
    """A signature in base64. Raises UnprovenError."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        message = "the signature is not base64"
        raise UnprovenError(message) from None


def is_signed(signed: bytes, digests: Iterable[bytes], keys: Iterable[bytes]) -> bool:
    """Whether one of `digests` is the HMAC-SHA256 of `signed` with one of `keys`."""
    given, found = list(digests), False
    for key in keys:
        expected = hmac.digest(key, signed, hashlib.sha256)
        for digest in given:
            found |= hmac.compare_digest(expected, digest)
    return found


def check_signed(signed: bytes, digest: bytes, secrets: Iterable[str]) -> None:
    """Raises UnprovenError when `digest` is not that of `signed` with one of `secrets`."""
    if not is_signed(signed, (digest,), [secret.encode() for secret in secrets]):
        message = "the signature is that of another body or another secret"
        raise UnprovenError(message)
