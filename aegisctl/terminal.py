"""One of the standard streams: whether it is a terminal, how wide, with which colours and characters.

Writes go straight to the file descriptor: nothing is buffered, so nothing is lost or doubled when a signal or a closed
pipe ends the program.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

STYLES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "grey": "2", "bold": "1", "alarm": "1;31"}

# one character for one, so that nothing moves
_PLAIN = str.maketrans("…—·│├─┬└▕█▌▏→✓✗●○⊘⧖–", "~-.||--`[##]>+x*oxT-")


class Terminal:
    """A stream by its descriptor. `plain` marks are ASCII words; `tty` says whether a person is looking."""

    def __init__(self, fd: int, *, environ: Mapping[str, str], color: str = "auto", plain: bool = False) -> None:
        self.fd = fd
        self.tty = _is_terminal(fd)
        self.dumb = environ.get("TERM", "") in {"", "dumb"}
        self.utf8 = has_utf8_locale(environ)
        self.accessible = environ.get("AEGIS_ACCESSIBLE", "") not in {"", "0"} or self.dumb
        self.plain = plain or self.accessible or not self.utf8
        self.color = wants_color(color, tty=self.tty, environ=environ)
        self._columns = environ.get("COLUMNS", "")
        self._encoding = "utf-8" if self.utf8 or not self.tty else "ascii"

    @property
    def can_repaint(self) -> bool:
        """Whether a live display may move the cursor here."""
        return self.tty and not self.accessible

    def size(self) -> tuple[int, int]:
        """Columns and rows; 80 by 24 where nobody knows."""
        try:
            columns, rows = os.get_terminal_size(self.fd)
        except OSError:
            columns, rows = 0, 0
        if self._columns.isdecimal() and int(self._columns) > 0:
            columns = int(self._columns)
        return columns or 80, rows or 24

    def paint(self, text: str, style: str | None) -> str:
        """`text` in a style of STYLES, where colours are wanted."""
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.color and style else text

    def write(self, text: str) -> None:
        """Write all of `text` now."""
        write_all(self.fd, self.encode(text))

    def encode(self, text: str) -> bytes:
        """`text` in the characters that this stream can show."""
        return (text.translate(_PLAIN) if self.plain else text).encode(self._encoding, "replace")


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write every byte, also to a descriptor that somebody else has set non-blocking."""
    view = memoryview(data)
    while view:
        try:
            written = os.write(fd, view)
        except BlockingIOError:
            import select  # noqa: PLC0415 - only for a descriptor that is shared with a careless program

            select.select([], [fd], [])
            continue
        view = view[written:]


def wants_color(flag: str, *, tty: bool, environ: Mapping[str, str]) -> bool:
    """`--color`, then NO_COLOR, then CLICOLOR_FORCE and FORCE_COLOR, then the terminal itself."""
    if flag != "auto":
        return flag == "always"
    if environ.get("NO_COLOR"):
        return False
    if any(environ.get(name, "0") not in {"", "0"} for name in ("CLICOLOR_FORCE", "FORCE_COLOR")):
        return True
    return tty and environ.get("TERM", "") not in {"", "dumb"} and environ.get("CLICOLOR") != "0"


def has_utf8_locale(environ: Mapping[str, str]) -> bool:
    """Whether the user's locale is UTF-8. Python sets LC_CTYPE itself where it finds the C locale (PEP 538)."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = environ.get(name, "")
        coerced = name == "LC_CTYPE" and value == "C.UTF-8" and environ.get("LANG", "C") in {"", "C", "POSIX"}
        if value and not coerced:
            return "utf8" in value.lower().replace("-", "")
    return False


def _is_terminal(fd: int) -> bool:
    try:
        return os.isatty(fd)
    except OSError:
        return False
