"""The text of a configuration file: how it is read, and where in it an offset lies.

Everything that can be wrong with a file before its text is looked at is a `SourceError`: missing, unreadable, a
folder, a pipe, too large, not UTF-8."""

import os
import stat
from bisect import bisect_right
from pathlib import Path

from attrs import define, field

from aegisd.config.visible import show_text

LARGEST = 4 * 2**20


class SourceError(Exception):
    """A file cannot be used. `code` is the problem's, `line` and `column` where it is, `help` what to do."""

    def __init__(self, code: str, message: str, *, line: int = 1, column: int = 1, help: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.column = column
        self.help = help


@define(eq=False)
class Source:
    """A file's `text`, with line feeds at the ends of lines. `name` is what messages call it."""

    name: str
    text: str
    _starts: list[int] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Find the lines once, so that every position is a binary search."""
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        self._starts = starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of the character at `offset`, from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The opposite of `position`."""
        return min(self._starts[min(line, len(self._starts)) - 1] + column - 1, len(self.text))

    def line_end(self, line: int) -> int:
        """The offset where `line` ends, before its line break."""
        return self._starts[line] - 1 if line < len(self._starts) else len(self.text)

    def line_start(self, line: int) -> int:
        """The offset where `line` begins."""
        return self._starts[line - 1]


def read_source(path: str, *, name: str) -> Source:
    """The text of the file at `path`. Raises SourceError."""
    return decode_source(_read_bytes(path, show_text(name)), name=name)


def decode_source(data: bytes, *, name: str) -> Source:
    """`data` as text; a byte order mark at its start is passed over. Raises SourceError."""
    shown = show_text(name)
    if len(data) > LARGEST:
        raise SourceError("AEG005", f"{shown} is larger than 4 MiB")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode()) + 1
        message = f"not UTF-8: byte 0x{data[error.start]:02x} has no meaning here"
        raise SourceError("AEG004", message, line=line, column=column, help="save the file as UTF-8") from None
    return Source(shown, text.removeprefix("\ufeff").replace("\r\n", "\n"))


def _read_bytes(path: str, shown: str) -> bytes:
    """At most one byte more than LARGEST. A pipe is opened without waiting for its writer, and then refused."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            mode = os.fstat(opened).st_mode
            if not stat.S_ISREG(mode):
                kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
                raise SourceError("AEG003", f"{shown} is {kind}", help="name a file; - reads from standard input")
            with open(opened, "rb", closefd=False) as file:
                return file.read(LARGEST + 1)
        finally:
            os.close(opened)
    except FileNotFoundError:
        raise SourceError("AEG003", f"there is no file {shown}", help=_find_parent(path)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SourceError("AEG003", f"cannot read {shown}: {reason}") from None


def _find_parent(path: str) -> str | None:
    """A hint for a missing file whose folder is missing as well."""
    folder = Path(path).parent
    return None if folder.is_dir() else f"there is no folder {show_text(str(folder))} either"
