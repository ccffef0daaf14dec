"""Replies as bytes. The hot ones are put together from what is encoded already; the others go through msgspec."""

import binascii
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from aegisd.timeline.tail import Gap
from aegisd.wire.errors import CallError
from aegisd.wire.framing import NUL, encode_message

if TYPE_CHECKING:
    from aegisd.core.record import Record, StoredRecord
    from aegisd.streams import EventStream, LogPiece

SEND = 64 * 1024

_encode = msgspec.json.Encoder().encode
_STANDARD = "org.varlink.service."
_END = b'},"continues":true}' + NUL


def encode_reply(parameters: dict[str, Any]) -> bytes:
    """The only or the last reply of a call."""
    return _encode_any({"parameters": parameters})


def encode_part(parameters: dict[str, Any]) -> bytes:
    """A reply after which more follow."""
    return _encode_any({"parameters": parameters, "continues": True})


def encode_error(error: CallError) -> bytes:
    """A refusal. Varlink's own errors carry the parameters that the standard gives them and no others."""
    parameters = error.parameters
    if error.name.startswith(_STANDARD):
        parameters = {name: value for name, value in parameters.items() if name not in {"message", "hint"}}
    return _encode_any({"error": error.name, "parameters": parameters})


def encode_events(stream: "EventStream", page: "Iterable[Record | StoredRecord | Gap]") -> Iterator[bytes]:
    """Replies of TailEvents, about SEND bytes of them at a time; the JSON of an event is used as it is."""
    head = b'{"parameters":{"event":{"cursor":"%b.%%d",%%b%b' % (stream.epoch.encode().replace(b"%", b"%%"), _END)
    parts: list[bytes] = []
    size = 0
    for item in page:
        if isinstance(item, Gap):
            after = stream.cursor(item.last).encode()
            part = b'{"parameters":{"gap":{"from":%d,"to":%d},"cursor":"%b"' % (item.first, item.last, after) + _END
        else:
            part = head % (item.seq, item.body[1:])
        parts.append(part)
        size += len(part)
        if size >= SEND:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def encode_mark(cursor: str) -> bytes:
    """A reply of TailEvents that says only how far the reader has come."""
    return b'{"parameters":{"cursor":"%b"' % cursor.encode() + _END


def encode_log(piece: "LogPiece") -> bytes:
    """A reply of ReadLogs."""
    return b'{"parameters":{"step":%b,"attempt":%d,"offset":%d,"size":%d,"time":%b,"data":"%b"%b' % (
        _encode(piece.step),
        piece.attempt,
        piece.offset,
        piece.size,
        _encode(piece.time),
        binascii.b2a_base64(piece.data, newline=False),
        _END,
    )


def encode_bytes(offset: int, data: bytes) -> bytes:
    """A reply of ReadArtifact."""
    return b'{"parameters":{"offset":%d,"data":"%b"%b' % (offset, binascii.b2a_base64(data, newline=False), _END)


def _encode_any(message: dict[str, Any]) -> bytes:
    try:
        return _encode(message) + NUL
    except UnicodeEncodeError:  # half a surrogate pair, from a file name that is not UTF-8
        return encode_message(message)
