"""Tables: aligned with marks and colours on a terminal, tab-separated without a header in a pipe."""

from __future__ import annotations

from aegisctl.text import cells, cut, escape, pad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from aegisctl.terminal import Terminal

_GAP = "  "


class Column:
    """A column of a table. Only a `free` one is cut to fit the terminal; where that is not enough, `spare` ones go."""

    def __init__(self, title: str, *, right: bool = False, free: bool = False, spare: bool = False) -> None:
        self.title = title
        self.right = right
        self.free = free
        self.spare = spare


def format_table(
    columns: Sequence[Column],
    rows: Sequence[tuple[str, Sequence[str]]],
    *,
    terminal: Terminal,
    mark_cells: int,
    width: int | None = None,
) -> list[str]:
    """Lines of a table whose rows are a ready mark and the texts of the columns. Nothing wraps: what is free is cut."""
    texts = [[escape(text) for text in row] for _, row in rows]
    titles = [column.title for column in columns]
    widths = [max(map(cells, column)) for column in zip(titles, *texts, strict=True)]
    total = width if width is not None else terminal.size()[0]
    excess = _shrink(columns, widths, total - mark_cells - 1)
    spare = [place for place, column in enumerate(columns) if column.spare]
    if excess > 0 and spare:
        kept = [place for place in range(len(columns)) if place != spare[-1]]
        fewer = [(mark, [row[place] for place in kept]) for mark, row in rows]
        columns = [columns[place] for place in kept]
        return format_table(columns, fewer, terminal=terminal, mark_cells=mark_cells, width=width)
    header = " " * (mark_cells + 1) + _line(columns, widths, titles)
    lines = [terminal.paint(cut(header.rstrip(), total), "bold")]
    for (mark, _), row in zip(rows, texts, strict=True):
        lines.append(f"{mark} {cut(_line(columns, widths, row), total - mark_cells - 1)}".rstrip())
    return lines


def format_tsv(row: Sequence[object]) -> str:
    """One row for scripts; what is None stays empty."""
    return "\t".join("" if value is None else escape(value) for value in row)


def _shrink(columns: Sequence[Column], widths: list[int], room: int) -> int:
    """Take what is too much from the widest free column, then the next, down to 4 cells each. What is left of it."""
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - room
    free = sorted((place for place, column in enumerate(columns) if column.free), key=lambda place: -widths[place])
    for place in free:
        taken = min(max(0, excess), max(0, widths[place] - 4))
        widths[place] -= taken
        excess -= taken
    return excess


def _line(columns: Sequence[Column], widths: Sequence[int], row: Sequence[str]) -> str:
    parts = [
        pad(cut(text, width), width, right=column.right)
        for column, width, text in zip(columns, widths, row, strict=True)
    ]
    return _GAP.join(parts).rstrip()
