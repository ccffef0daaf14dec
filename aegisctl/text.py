"""Text for a terminal: control characters made visible, widths in cells, cutting and padding. Pure functions."""

from __future__ import annotations

ELLIPSIS = "…"

# what could reorder a line on the screen without a trace (Unicode bidirectional controls, line separators)
_HIDDEN = frozenset("\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def escape(value: object) -> str:
    r"""`value` as text that cannot move the cursor: control characters become `\n`, `\x1b`, `\u202e`."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(char) if _is_control(char) else char for char in text)


def cells(text: str) -> int:
    """How many columns `text` (without escape sequences) takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # noqa: PLC0415 - 1.3 ms that ASCII does not cost

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells, with `…` where something was cut."""
    if cells(text) <= width:
        return text
    if width <= 0:
        return ""
    kept, used = "", 0
    for char in text:
        used += cells(char)
        if used > width - 1:
            break
        kept += char
    return kept + ELLIPSIS


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` filled with blanks to `width` cells; `right` aligns it to the right."""
    blanks = " " * max(0, width - cells(text))
    return blanks + text if right else text + blanks


def plural(count: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _is_control(char: str) -> bool:
    code = ord(char)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or char in _HIDDEN


def _visible(char: str) -> str:
    known = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(char)
    if known is not None:
        return known
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"
