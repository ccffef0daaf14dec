"""TOML texts made at random, with the offset of every key and value that they hold."""

from collections.abc import Callable
from typing import Any

from attrs import define, field
from hypothesis import strategies as st

from aegisd.config.values import Path

_NAMES = ("a", "b-c", "_1", "42", "état", "x.y", 'q"', "", "a b", "\t", "steps", "true")
_BARE = frozenset("abcdefghijklmnopqrstuvwxyz_-0123456789")
_VALUES = (
    "1",
    "-17",
    "0xFF",
    "3.5e2",
    "inf",
    "-nan",
    "true",
    "false",
    '""',
    "''",
    '"# not a comment"',
    r'"\"]}\\"',
    "'[x] = {'",
    "1979-05-27",
    "1979-05-27 07:32:00.5Z",
    "1979-05-27T07:32:00-07:00",
    "07:32:00",
    '"""\n[not.a.table]\nkey = 1\n"""',
    '"""a""b"""',
    '""""q"""""',
    "'''\n''x'\n'''",
    '"""\\\n   x"""',
)
_BREAKS = ("", " ", "\n", " # [x]\n", "\n# ]\n\t")

Draw = Callable[[st.SearchStrategy[Any]], Any]


@define
class Writer:
    """A text in the making. `leaves` and `keys` hold offsets by path."""

    draw: Draw
    text: str = ""
    leaves: dict[Path, int] = field(factory=dict)
    keys: dict[Path, int] = field(factory=dict)

    def key(self, parts: tuple[str, ...], base: Path) -> None:
        """A dotted key."""
        for place, part in enumerate(parts):
            self.text += (
                self.draw(st.sampled_from(("", " "))) + "." + self.draw(st.sampled_from(("", " "))) if place else ""
            )
            self.keys[*base, *parts[: place + 1]] = len(self.text)
            self.text += self._spell(part)

    def key_value(self, parts: tuple[str, ...], base: Path, *, depth: int, may_break: bool) -> None:
        """`key = value`."""
        self.key(parts, base)
        self.text += self.draw(st.sampled_from(("=", " = ", "\t=")))
        self.value((*base, *parts), depth=depth, may_break=may_break)

    def value(self, path: Path, *, depth: int, may_break: bool) -> None:
        """A scalar, a list or an inline table."""
        kind = self.draw(st.sampled_from(("scalar", "scalar", "list", "table") if depth else ("scalar",)))
        if kind == "list":
            self._list(path, depth=depth, may_break=may_break)
        elif kind == "table":
            self._inline_table(path, depth=depth)
        else:
            self.leaves[path] = len(self.text)
            scalars = _VALUES if may_break else tuple(each for each in _VALUES if "\n" not in each)
            self.text += self.draw(st.sampled_from(scalars))

    def body(self, base: Path) -> None:
        """The keys of a table, a line each. Dotted keys have a first part of their own."""
        for name in self.draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=3)):
            below = self.draw(st.lists(st.sampled_from(_NAMES), max_size=2))
            self.text += self.draw(st.sampled_from(("", "  ", "\n# a = 1\n")))
            self.key_value((name, *below), base, depth=2, may_break=True)
            self.text += self.draw(st.sampled_from(("\n", "  # x = 1\n", "\n\n")))

    def _spell(self, name: str) -> str:
        if name and set(name) <= _BARE and self.draw(st.booleans()):
            return name
        if '"' not in name and "\t" not in name and self.draw(st.booleans()):
            return f"'{name}'"
        escaped = name.replace('"', '\\"').replace("\t", "\\t").replace("é", "\\u00e9")
        return f'"{escaped}"'

    def _list(self, path: Path, *, depth: int, may_break: bool) -> None:
        breaks = st.sampled_from(_BREAKS if may_break else ("", " "))
        self.text += "[" + self.draw(breaks)
        count = self.draw(st.integers(0, 3))
        for place in range(count):
            self.value((*path, place), depth=depth - 1, may_break=may_break)
            self.text += self.draw(breaks) + ("," if place < count - 1 or self.draw(st.booleans()) else "")
            self.text += self.draw(breaks)
        self.text += "]"

    def _inline_table(self, path: Path, *, depth: int) -> None:
        names = self.draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=3))
        self.text += "{ "
        for place, name in enumerate(names):
            self.text += ", " if place else ""
            self.key_value((name,), path, depth=depth - 1, may_break=False)
        self.text += " }"


@st.composite
def documents(draw: Draw) -> Writer:
    """A text with tables, arrays of tables, tables within those, and keys of all kinds."""
    writer = Writer(draw)
    writer.body(())
    taken = {path[0] for path in writer.keys}
    counts: dict[str, int] = {}
    for name in draw(st.lists(st.sampled_from(_NAMES), max_size=6)):
        is_array = name in counts or (name not in taken and draw(st.booleans()))
        if name in taken and not is_array:
            continue
        taken.add(name)
        writer.text += "[[" if is_array else "["
        writer.key((name,), ())
        path: Path = (name,)
        if is_array:
            counts[name] = counts.get(name, -1) + 1
            path = (name, counts[name])
        writer.text += "]]\n" if is_array else "]  # [x]\n"
        writer.body(path)
        _add_subtable(writer, name, path)
    return writer


def _add_subtable(writer: Writer, name: str, path: Path) -> None:
    """`[name.sub]`, under the last table of an array too."""
    sub = writer.draw(st.sampled_from(_NAMES))
    if (*path, sub) in writer.keys or writer.draw(st.booleans()):
        return
    before = dict(writer.keys)
    writer.text += "["
    writer.key((name, sub), ())
    at = writer.keys.pop((name, sub))
    writer.keys = {**before, (*path, sub): at}
    writer.text += "]\n"
    writer.body((*path, sub))
