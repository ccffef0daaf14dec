"""Varlink framing: JSON objects, each ended by one NUL byte (varlink.org/Method-Call). Bytes in, messages out, no I/O.

`Framer` bounds what a peer may make us hold: a message longer than `limit` ends the conversation, whether or not its
NUL ever comes. Nesting is bounded by `MAX_DEPTH`, checked before the parser sees the bytes.
"""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing `typing` for real would cost aegisctl 2.5 ms at each start
    from typing import Any

MAX_MESSAGE = 1024 * 1024
MAX_DEPTH = 64
NUL = b"\0"

# a string up to its closing quote, or to the end of the frame; possessive, so that no input makes it go back
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


class FramingError(Exception):
    """The peer sent what is not Varlink; the connection cannot go on."""


class Framer:
    """Collects bytes and gives whole messages back. `limit` is in bytes of one message without its NUL."""

    def __init__(self, *, limit: int = MAX_MESSAGE) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> None:
        """Add what was read. Read no more while `pending` is above the limit: `next_frame` has something to say."""
        self._buffer += data

    def next_frame(self) -> bytes | None:
        """The next whole message without its NUL, or None when more bytes are needed.

        Raises FramingError when the message at hand is above the limit, whole or not.
        """
        end = self._buffer.find(NUL, self._searched)
        length = len(self._buffer) if end < 0 else end
        if length > self._limit:
            message = f"a message is longer than {self._limit} bytes"
            raise FramingError(message)
        if end < 0:
            self._searched = len(self._buffer)
            return None
        frame = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        return frame

    @property
    def pending(self) -> int:
        """Bytes held: messages not taken yet and the one that is not whole."""
        return len(self._buffer)


def decode_message(frame: bytes) -> dict[str, Any]:
    """The JSON object in `frame`. Raises FramingError when it is none, is nested too deep, or doubles a key."""
    if _depth(frame) > MAX_DEPTH:
        message = f"a message is nested deeper than {MAX_DEPTH} levels"
        raise FramingError(message)
    try:
        value = json.loads(frame.decode(), parse_constant=_refuse_constant, object_pairs_hook=_refuse_doubles)
    except (ValueError, RecursionError) as error:
        message = f"a message is not JSON: {error}"
        raise FramingError(message) from None
    if not isinstance(value, dict):
        message = "a message is not a JSON object"
        raise FramingError(message)
    return value


def encode_message(message: dict[str, Any]) -> bytes:
    """`message` as JSON with its NUL. Always UTF-8: half a surrogate pair (of a file name) is written as its escape."""
    try:
        return _dump(message, ensure_ascii=False).encode() + NUL
    except UnicodeEncodeError:
        return _dump(message, ensure_ascii=True).encode() + NUL


def _dump(message: dict[str, Any], *, ensure_ascii: bool) -> str:
    return json.dumps(message, ensure_ascii=ensure_ascii, allow_nan=False, separators=(",", ":"))


def _depth(frame: bytes) -> int:
    """How deep `frame` is nested; brackets inside strings do not count. Stops counting above MAX_DEPTH."""
    if frame.count(b"{") + frame.count(b"[") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for byte in _STRING.sub(b"", frame).translate(None, _NOT_BRACKETS):
        if byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        else:
            depth -= 1
    return deepest


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        message = "an object names a key twice"
        raise ValueError(message)
    return value
