"""Artifacts between files of the user and the daemon, piece by piece; what came is checked against its SHA-256."""

from __future__ import annotations

import hashlib
import os
from binascii import a2b_base64, b2a_base64

from aegisctl.failure import Failure
from aegisctl.text import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aegisctl.client import Client

PIECE = 128 * 1024


def fetch(client: Client, run: int, key: str, take: Callable[[bytes], object]) -> dict[str, Any]:
    """Hand the bytes of an artifact to `take`; returns what is known of it. Raises Failure when they are not whole."""
    digest = hashlib.sha256()
    artifact: dict[str, Any] | None = None
    for answer in client.stream("ReadArtifact", run=run, key=key):
        if answer.get("data"):
            data = a2b_base64(answer["data"])
            digest.update(data)
            take(data)
        artifact = answer.get("artifact") or artifact
    if artifact is None or artifact["sha256"] != digest.hexdigest():
        message = f"what came of {escape(key)} is not what was kept: its SHA-256 is another"
        raise Failure("broken-stream", message, hint="the file on the host is damaged; see the journal of its disk")
    return artifact


def send(client: Client, descriptor: int, **parameters: Any) -> dict[str, Any]:
    """Put what can be read from `descriptor`, under the other parameters of PutArtifact; returns what was kept."""
    upload: str | None = None
    data = _read(descriptor)
    while True:
        following = _read(descriptor) if len(data) == PIECE else b""
        text = b2a_base64(data, newline=False).decode()
        answer = client.call("PutArtifact", data=text, last=not following, upload=upload, **parameters)
        if not following:
            return dict(answer["artifact"])
        upload, data = answer["upload"], following


def _read(descriptor: int) -> bytes:
    """A whole piece, or what is left."""
    parts, size = [], 0
    while size < PIECE:
        data = os.read(descriptor, PIECE - size)
        if not data:
            break
        parts.append(data)
        size += len(data)
    return b"".join(parts)
