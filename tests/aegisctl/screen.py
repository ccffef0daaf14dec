"""A very small terminal: what is on the screen, and above it, after the bytes of a program. Enough for aegisctl."""

import re

_SEQUENCE = re.compile(r"\x1b\[(?P<args>[0-9;?]*)(?P<kind>[A-Za-z])")


class Screen:
    """Lines of a terminal of `columns` by `rows`; `lines` includes what has scrolled off."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.columns = columns
        self.rows = rows
        self._cells: list[list[str]] = [[]]
        self._row = 0
        self._column = 0
        self.overflowed = False

    @property
    def lines(self) -> list[str]:
        """What a reader sees, scrolled-off lines first."""
        lines = ["".join(line).rstrip() for line in self._cells]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def feed(self, text: str) -> "Screen":
        """Take what the program wrote."""
        place = 0
        while place < len(text):
            match = _SEQUENCE.match(text, place)
            if match is not None:
                self._command(match["args"], match["kind"])
                place = match.end()
            else:
                self._put(text[place])
                place += 1
        return self

    def _command(self, args: str, kind: str) -> None:
        if kind == "A":
            top = max(0, len(self._cells) - self.rows)
            self._row = max(top, self._row - int(args or 1))
        elif kind == "K":
            assert args == "2", "only whole lines are erased"
            self._cells[self._row] = []
        else:
            assert kind in "mhl", f"an unexpected sequence: {args}{kind}"

    def _put(self, char: str) -> None:
        if char == "\n":
            self._row += 1
            self._column = 0
            if self._row == len(self._cells):
                self._cells.append([])
        elif char == "\r":
            self._column = 0
        else:
            if self._column >= self.columns:
                self.overflowed = True
                self._put("\n")
            line = self._cells[self._row]
            line.extend(" " * (self._column + 1 - len(line)))
            line[self._column] = char
            self._column += 1
