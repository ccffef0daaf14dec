"""Text from files made fit for a terminal: control characters become visible, long names are cut. Pure functions."""

import json
from unicodedata import combining, east_asian_width

_KNOWN = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

# what could reorder a line on the screen without a trace (bidirectional controls, line separators)
_HIDDEN = frozenset("\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_LONGEST_NAME = 60


def show_text(text: str) -> str:
    r"""`text` with control characters written out: `\n`, `\x1b`, `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_show_char(char) if is_control(char) else char for char in text)


def show_name(name: object) -> str:
    """A name from a file for a message: written out, and cut when it is long."""
    text = str(name)
    cut = text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"
    return show_text(cut)


def show_path(path: tuple[str | int, ...]) -> str:
    """`workflows.ci.steps[0].timeout`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = show_name(part)
            plain = name.replace("-", "_").isidentifier() and name.isascii()
            text += f".{name if plain else json.dumps(name, ensure_ascii=False)}"
    return text.removeprefix(".")


def count_cells(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def is_control(char: str) -> bool:
    """Whether `char` does something to a terminal instead of showing."""
    code = ord(char)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or char in _HIDDEN


def join_names(names: list[str], *, most: int = 20) -> str:
    """`a, b, c`, and how many more."""
    shown = ", ".join(show_name(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _show_char(char: str) -> str:
    if char in _KNOWN:
        return _KNOWN[char]
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"
