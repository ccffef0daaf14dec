"""JSON on its way out: an ETag by content, `304` for who has it already, gzip where it saves something."""

import gzip
import hashlib
import json
from typing import Any

import msgspec
import trio
from quart import Response, request

_encode = msgspec.json.Encoder().encode
_SMALL = 1400  # bytes that fit into one packet anyway
_LARGE = 64 * 1024  # bytes that are compressed beside the event loop
_LEVEL = 5


async def dress(given: Any, *, status: int = 200, content_type: str = "application/json") -> Response:
    """The answer with `given`: values, or bytes that are encoded already."""
    body = given if isinstance(given, bytes) else encode(given)
    headers = {"Vary": "Accept-Encoding, Authorization, Cookie, X-API-Key"}
    if request.method in {"GET", "HEAD"} and status == 200:
        tag = hashlib.blake2b(body, digest_size=12).hexdigest()
        headers |= {"ETag": f'W/"{tag}"', "Cache-Control": "private, no-cache"}
        if request.if_none_match.contains_weak(tag):
            return Response(b"", status=304, content_type=content_type, headers=headers)
    if len(body) > _SMALL and request.accept_encodings.quality("gzip") > 0:
        headers["Content-Encoding"] = "gzip"
        body = await _compress(body)
    return Response(body, status=status, content_type=content_type, headers=headers)


def encode(value: Any) -> bytes:
    """`value` as JSON; half a surrogate pair, from a file name that is not UTF-8, becomes an escape."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return json.dumps(value).encode()


async def _compress(body: bytes) -> bytes:
    if len(body) < _LARGE:
        return gzip.compress(body, _LEVEL, mtime=0)
    return await trio.to_thread.run_sync(lambda: gzip.compress(body, _LEVEL, mtime=0))
