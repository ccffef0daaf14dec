"""Where each key and each value of a TOML text stands. `tomllib` gives the values; this gives their places.

One pass over the text, in its length's time. It follows the grammar as far as places need it and stops at the first
thing that it does not understand: `tomllib` says what is wrong there, and `stopped` says where it began, which
tomllib does not know for what is left open at the end. Depth and number of values are bounded here, before tomllib
sees the text."""

import re
import tomllib

from attrs import define, field

from aegisd.config.values import Path

DEEPEST = 32
MOST_VALUES = 200_000

Span = tuple[int, int]

_BLANK = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_SPACE = re.compile(r"[ \t]*+")
_LINE_END = re.compile(r"[ \t]*+(?:#[^\n]*+)?(?:\n|\Z)")
_KEY = re.compile(r"""[A-Za-z0-9_-]++|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'""")
_STRING = re.compile(
    r'"{3}(?:[^"\\]++|\\.|"(?!""))*+"{3,5}'
    r"|'{3}(?:[^']++|'(?!''))*+'{3,5}"
    r'|"(?!"")(?:[^"\\\n]++|\\[^\n])*+"'
    r"|'(?!'')[^'\n]*+'",
    re.DOTALL,
)
_BARE = re.compile(r"\d{4}-\d\d-\d\d \d\d:[0-9:.+\-Zz]++|[^\s,\]}\[{#=\"']++")


@define(eq=False)
class Index:
    """Spans of offsets by path. `stopped`: where the pass ended early. `excess`: what there is too much of, and where.
    `twice`: the first thing that is given a second time, as its path and both spans."""

    keys: dict[Path, Span] = field(factory=dict)
    values: dict[Path, Span] = field(factory=dict)
    twice: tuple[Path, Span, Span] | None = None
    stopped: int | None = None
    excess: tuple[str, int] | None = None

    def key(self, path: Path) -> Span:
        """Where the key of `path` stands; for an element of a list the element; else the nearest table around it."""
        return self._find(path, self.keys, self.values)

    def value(self, path: Path) -> Span:
        """Where the value of `path` stands; for a table with a header the header."""
        return self._find(path, self.values, self.keys)

    def _find(self, path: Path, first: dict[Path, Span], second: dict[Path, Span]) -> Span:
        while path:
            span = first.get(path) or second.get(path)
            if span is not None:
                return span
            path = path[:-1]
        return (0, 1)


def build_index(text: str) -> Index:
    """The places of `text`, which has line feeds at the ends of lines. Never raises."""
    scanner = _Scanner(text)
    try:
        scanner.scan()
    except _Stop as stop:
        scanner.index.stopped = stop.offset
    except _Excess as excess:
        scanner.index.excess = (str(excess), scanner.at)
    return scanner.index


class _Stop(Exception):  # noqa: N818 - not an error: the index ends here
    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class _Excess(Exception):  # noqa: N818 - the text is too much, not wrong
    pass


class _Scanner:
    """One pass. `counts` holds how many tables an array of tables has so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.index = Index()
        self.header: Path = ()
        self.counts: dict[Path, int] = {}
        self.explicit: set[Path] = set()

    def scan(self) -> None:
        while True:
            self._skip(_BLANK)
            if self.at >= len(self.text):
                return
            begin = self.at
            if self.text.startswith("[", begin):
                self._header(2 if self.text.startswith("[[", begin) else 1)
            else:
                self._key_value(self.header)
            if not self._skip(_LINE_END):
                raise _Stop(self.at)

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        return True

    def _expect(self, mark: str, otherwise: int | None = None) -> None:
        if not self.text.startswith(mark, self.at):
            raise _Stop(self.at if otherwise is None else otherwise)
        self.at += len(mark)

    def _header(self, brackets: int) -> None:
        self.at += brackets
        parts = self._key()
        path: Path = ()
        for name, span in parts[:-1]:
            path = self._within((*path, name), span)
            if path in self.index.values:
                self._note_twice(path, span)
        name, span = parts[-1]
        path = (*path, name)
        if brackets == 2:
            if path in self.index.values or (path in self.explicit and path not in self.counts):
                self._note_twice(path, span)
            self.index.keys.setdefault(path, span)
            self.counts[path] = self.counts.get(path, 0) + 1
            path = (*path, self.counts[path] - 1)
        elif path in self.explicit or path in self.index.values:
            self._note_twice(path, span)
        self.explicit.add(path[:-1] if brackets == 2 else path)
        self._note(self.index.keys, path, span)
        self.header = path
        self._expect("]" * brackets)

    def _within(self, path: Path, span: Span) -> Path:
        """The table at `path`, the last one if it is an array of tables."""
        self.index.keys.setdefault(path, span)
        return (*path, self.counts[path] - 1) if path in self.counts else path

    def _key(self) -> list[tuple[str, Span]]:
        parts: list[tuple[str, Span]] = []
        while True:
            self._skip(_SPACE)
            match = _KEY.match(self.text, self.at)
            if match is None:
                raise _Stop(self.at)
            parts.append((self._unquote(match[0]), match.span()))
            self.at = match.end()
            self._skip(_SPACE)
            if len(parts) > DEEPEST:
                message = f"a key has more than {DEEPEST} parts"
                raise _Excess(message)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _unquote(self, raw: str) -> str:
        if raw[0] not in "\"'":
            return raw
        if "\\" not in raw:
            return raw[1:-1]
        try:
            return str(tomllib.loads(f"key = {raw}")["key"])
        except tomllib.TOMLDecodeError:
            raise _Stop(self.at) from None

    def _key_value(self, base: Path) -> None:
        path, is_new = base, True
        for name, span in self._key():
            if path in self.index.values:
                self._note_twice(path, span)
            path = (*path, name)
            is_new = path not in self.index.keys
            if is_new:
                self._note(self.index.keys, path, span)
        if not is_new:
            self._note_twice(path, span)
        self._expect("=")
        self._skip(_SPACE)
        self._value(path)

    def _note_twice(self, path: Path, span: Span) -> None:
        if self.index.twice is None:
            self.index.twice = (path, self.index.key(path), span)

    def _value(self, path: Path) -> None:
        if len(path) > DEEPEST:
            message = f"tables and lists are nested more than {DEEPEST} deep"
            raise _Excess(message)
        begin = self.at
        mark = self.text[begin : begin + 1]
        if mark == "[":
            self._array(path)
        elif mark == "{":
            self._inline_table(path)
        elif not self._skip(_STRING if mark and mark in "\"'" else _BARE):
            raise _Stop(begin)
        self._note(self.index.values, path, (begin, self.at))

    def _note(self, where: dict[Path, Span], path: Path, span: Span) -> None:
        where[path] = span
        if len(where) > MOST_VALUES:
            message = f"there are more than {MOST_VALUES:,} values"
            raise _Excess(message)

    def _array(self, path: Path) -> None:
        begin, count = self.at, 0
        self.at += 1
        self._skip(_BLANK)
        while not self.text.startswith("]", self.at):
            if count:
                self._expect(",", begin if self.at >= len(self.text) else None)
                self._skip(_BLANK)
                if self.text.startswith("]", self.at):
                    break
            self._value((*path, count))
            count += 1
            self._skip(_BLANK)
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        begin, first = self.at, True
        self.at += 1
        self._skip(_BLANK)
        while not self.text.startswith("}", self.at):
            if not first:
                self._expect(",", begin if self.at >= len(self.text) else None)
                self._skip(_BLANK)
                if self.text.startswith("}", self.at):
                    break
            self._key_value(path)
            first = False
            self._skip(_BLANK)
        self.at += 1
