"""The bytes of a log as lines: split with bounded memory, and made harmless for a terminal. Pure."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_LINE = 64 * 1024

# an escape sequence: CSI, a string (OSC, DCS, SOS, PM, APC) with its end, or a short one; with 7 or 8 bits
_ESCAPES = re.compile(
    r"\x1b\[(?P<args>[0-9;:]*)(?P<sgr>m)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class LineSplitter:
    """Whole lines out of chunks, each with the time its first byte was seen. What is too long comes in pieces."""

    def __init__(self) -> None:
        self._rest = b""
        self._time: str | None = None

    def feed(self, data: bytes, time: str | None) -> Iterator[tuple[str | None, bytes]]:
        """The lines that `data` completes, without their newlines."""
        began = time
        if self._rest:
            data, began, self._rest = self._rest + data, self._time, b""
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            yield from _pieces(data[start:end], began)
            start, began = end + 1, time
        while len(data) - start > LONGEST_LINE:
            yield began, data[start : start + LONGEST_LINE]
            start += LONGEST_LINE
        self._rest, self._time = data[start:], began

    def end(self) -> Iterator[tuple[str | None, bytes]]:
        """What is left without a newline."""
        if self._rest:
            yield self._time, self._rest
        self._rest = b""


def harmless(line: bytes, *, color: bool = True) -> str:
    """A line for a terminal: colours stay, whatever else could move the cursor or set a title goes.

    Invalid UTF-8 becomes U+FFFD; a carriage return (a progress bar) becomes a line break, so that nothing is hidden.
    """
    text = line.decode("utf-8", "replace").rstrip("\r")
    if text.isprintable():
        return text
    colored = "\x1b[" in text
    text = _ESCAPES.sub(lambda match: match[0] if match["sgr"] and color else "", text)
    text = _CONTROLS.sub(lambda match: "\n" if match[0] == "\r" else "", text)
    return f"{text}\x1b[0m" if colored and color else text


def _pieces(line: bytes, time: str | None) -> Iterator[tuple[str | None, bytes]]:
    if len(line) <= LONGEST_LINE:
        yield time, line
        return
    for start in range(0, len(line), LONGEST_LINE):
        yield time, line[start : start + LONGEST_LINE]
