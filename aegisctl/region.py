"""Lines at the bottom of a terminal that are painted over; what is printed above them stays for good.

No alternate screen. Each line is erased by itself (an erase to the end of the screen makes tmux keep every frame), a
frame is one write inside a synchronized update, and the cursor rests at the start of the last line, where an echoed
`^C` cannot wrap.
"""

from __future__ import annotations

from aegisctl.text import cells

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from aegisctl.terminal import Terminal

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_ERASE = "\x1b[2K"


class Region:
    """The repainted lines. A line is a mark's text and style with its rest, so that it is cut before it is coloured."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._widths: list[int] = []

    def paint(self, lines: Sequence[tuple[str, int]], *, above: Sequence[str] = ()) -> None:
        """Show `lines` (each with its width in cells) instead of the last ones; print `above` for good before them."""
        erased = self._erase()
        body = "".join(f"{_ERASE}{line}\n" for line in above)
        frame = "\n".join(f"{_ERASE}{line}" for line, _ in lines)
        self._widths = [width for _, width in lines]
        self._terminal.write(f"{_BEGIN}{erased}{body}{frame}\r{_END}")

    def clear(self, *, above: Sequence[str] = ()) -> None:
        """Leave no region behind."""
        if self._widths or above:
            self.paint((), above=above)

    def forget(self) -> None:
        """The screen is somebody else's since the last frame (Ctrl-Z, a pager): begin on a fresh line."""
        self._widths = []

    def _erase(self) -> str:
        """Go to the top of the last frame, erasing line by line; a narrower terminal has wrapped its lines."""
        columns = self._terminal.size()[0]
        rows = sum(max(1, -(-width // columns)) for width in self._widths)
        if not rows:
            return "\r"
        return "\r" + _ERASE + f"\x1b[1A{_ERASE}" * (rows - 1)


def width_of(mark_cells: int, text: str) -> int:
    """The cells of a mark, a blank and a text."""
    return mark_cells + 1 + cells(text)
