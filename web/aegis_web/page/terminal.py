"""Lines that were written for a terminal, as texts with styles. Pure, and an allow-list: what is not known here is left
out, and nothing of it is ever markup.

Honoured (ECMA-48): SGR 0 to 7, 9, 22 to 27, 29, 30 to 49, 90 to 107, with 256 and true colours mapped to the nearest of
the eight that the theme has; carriage return, backspace and `CSI K` within the line; `CSI G` as carriage return; the
links of OSC 8 when they lead to http or https. Text is never hidden, so SGR 8 is not. Controls and the characters that
turn the direction of text are left out. Styles go on from line to line, as in a terminal.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from attrs import evolve, frozen

LONGEST_LINK = 2048

_TOKEN = re.compile(
    r"(?:\x1b\[|\x9b)(?P<args>[0-9;:]{0,128})(?P<final>[mKG])"
    r"|\x1b\]8;[^;\x07\x1b\x9c]*;(?P<link>[^\x07\x1b\x9c]*)(?:\x07|\x1b\\|\x9c)"
    r"|(?P<move>[\r\x08])"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x07\x0a-\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_FLAGS = {1: "bold", 2: "dim", 3: "italic", 4: "under", 7: "inverse", 9: "strike"}
_ENDS = {22: ("bold", "dim"), 23: ("italic",), 24: ("under",), 27: ("inverse",), 29: ("strike",)}
_CLASSES = {"bold": "tb", "dim": "td", "italic": "ti", "under": "tu", "inverse": "tv", "strike": "ts"}
_LEVELS = (0, 95, 135, 175, 215, 255)


@frozen(kw_only=True)
class Style:
    """How text looks. `front` and `back` are one of eight colours, None for the usual one; `link` where it leads."""

    front: int | None = None
    back: int | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    under: bool = False
    inverse: bool = False
    strike: bool = False
    link: str | None = None

    @property
    def classes(self) -> str:
        """The classes of the style sheet; empty for plain text."""
        names = [_CLASSES[name] for name in _CLASSES if getattr(self, name)]
        names += [f"f{self.front}"] if self.front is not None else []
        names += [f"b{self.back}"] if self.back is not None and not self.inverse else []
        return " ".join(names)


PLAIN = Style()
_Part = tuple[str, Style]
_BLANK: _Part = (" ", PLAIN)


@frozen(kw_only=True)
class Span:
    """Some text of a line that looks the same."""

    text: str
    style: Style = PLAIN


class Terminal:
    """Draws one line after the other; knows the style that the last one ended with."""

    def __init__(self) -> None:
        self._style = PLAIN

    def draw(self, line: bytes) -> list[Span]:
        """The line as it looks in the end."""
        text = line.decode("utf-8", "replace").rstrip("\r")
        if self._style is PLAIN and (text.isprintable() or not _TOKEN.search(text)):
            return [Span(text=text)] if text else []
        cells = _Cells()
        place = 0
        for token in _TOKEN.finditer(text):
            cells.write(text[place : token.start()], self._style)
            place = token.end()
            self._obey(token, cells)
        cells.write(text[place:], self._style)
        return cells.join()

    def _obey(self, token: re.Match[str], cells: "_Cells") -> None:
        final = token["final"]
        if final == "m":
            self._style = apply_sgr(self._style, token["args"])
        elif final == "K":
            cells.erase(token["args"])
        elif final == "G" and token["args"] in {"", "0", "1"}:
            cells.move("\r")
        elif token["move"]:
            cells.move(token["move"])
        elif (link := token["link"]) is not None:
            is_fit = len(link) <= LONGEST_LINK and _LINK.fullmatch(link)
            self._style = evolve(self._style, link=link if is_fit else None)


class _Cells:
    """A line as it is drawn. It is a list of parts until something is drawn over, then one of characters."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._column: int | None = None  # None: at the end
        self._is_split = False

    def write(self, text: str, style: Style) -> None:
        """Put `text` where the cursor is."""
        if not self._is_split:
            self._parts += [(text, style)] if text else []
            return
        column = len(self._parts) if self._column is None else self._column
        self._parts[column : column + len(text)] = [(letter, style) for letter in text]
        self._column = column + len(text)

    def move(self, how: str) -> None:
        """The cursor to the beginning (a carriage return) or one back (a backspace)."""
        column = self._split()
        self._column = 0 if how == "\r" else max(0, column - 1)

    def erase(self, args: str) -> None:
        """`CSI K`: to the end of the line, `1K` from its beginning, `2K` all of it. The cursor stays."""
        column = self._split()
        if args in {"", "0"}:
            del self._parts[column:]
        elif args in {"1", "2"}:
            kept = self._parts[column + 1 :] if args == "1" else []
            self._parts = [_BLANK] * (column + bool(kept)) + kept
        self._column = column

    def join(self) -> list[Span]:
        """The line; neighbours that look the same together."""
        return list(_join(self._parts))

    def _split(self) -> int:
        if not self._is_split:
            self._parts = [(letter, style) for text, style in self._parts for letter in text]
            self._is_split = True
        return len(self._parts) if self._column is None else self._column


@lru_cache(maxsize=4096)
def apply_sgr(style: Style, args: str) -> Style:
    """`style` after `CSI args m`."""
    numbers = [int(part[:6] or 0) for part in args.replace(":", ";").split(";")]
    place = 0
    while place < len(numbers):
        number = numbers[place]
        if number in {38, 48}:
            colour, place = _read_colour(numbers, place + 1)
            if colour is not None:
                style = evolve(style, front=colour) if number == 38 else evolve(style, back=colour)
            continue
        style = _apply(style, number)
        place += 1
    return style


def _apply(style: Style, number: int) -> Style:
    if number == 0:
        return Style(link=style.link) if style.link else PLAIN
    if number in _FLAGS:
        return _change(style, {_FLAGS[number]: True})
    if number in _ENDS:
        return _change(style, dict.fromkeys(_ENDS[number], False))
    for first, name in ((30, "front"), (40, "back"), (90, "front"), (100, "back")):
        if first <= number < first + 8:
            return _change(style, {name: number - first})
    if number in {39, 49}:
        return evolve(style, front=None) if number == 39 else evolve(style, back=None)
    return style


def _change(style: Style, values: dict[str, Any]) -> Style:
    return evolve(style, **values)


def _read_colour(numbers: list[int], place: int) -> tuple[int | None, int]:
    """The colour of `38;5;N` or `38;2;R;G;B` behind its 38, and where it ends."""
    kind = numbers[place] if place < len(numbers) else None
    if kind == 5 and place + 1 < len(numbers):
        return name_colour(numbers[place + 1]), place + 2
    if kind == 2 and place + 3 < len(numbers):
        return nearest(*numbers[place + 1 : place + 4]), place + 4
    return None, len(numbers)


def name_colour(number: int) -> int | None:
    """The nearest of the eight colours to one of the 256; None for what is none of them."""
    if not 0 <= number < 256:
        return None
    if number < 16:
        return number % 8
    if number >= 232:
        return 0 if number < 244 else 7
    cube = number - 16
    return nearest(_LEVELS[cube // 36], _LEVELS[cube // 6 % 6], _LEVELS[cube % 6])


def nearest(red: int, green: int, blue: int) -> int:
    """By hue: which of red, green and blue are strong is the number of the colour. Greys are 0 (dark) or 7."""
    high, low = max(red, green, blue), min(red, green, blue)
    if high - low < 32:
        return 0 if high < 128 else 7
    middle = (high + low) / 2
    return sum(bit for bit, value in ((1, red), (2, green), (4, blue)) if value > middle)


def _join(parts: list[_Part]) -> Iterator[Span]:
    texts: list[str] = []
    last = PLAIN
    for text, style in parts:
        if style != last and texts:
            yield Span(text="".join(texts), style=last)
            texts = []
        last = style
        texts.append(text)
    if texts:
        yield Span(text="".join(texts), style=last)
