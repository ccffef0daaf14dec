"""One file while it is read: its text, its places, and what was found to be wrong so far.

Nothing here raises because of what a file says. A reader notes a problem and goes on, so that all of them are found.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import TypedDict, Unpack

from attrs import define, field, frozen

from aegisd.config.index import Index, Span
from aegisd.config.problem import Place, Problem, Severity
from aegisd.config.source import Source
from aegisd.config.suggest import find_nearest
from aegisd.config.values import DaemonConfig, Path
from aegisd.config.visible import show_name, show_path, show_text
from aegisd.core.model import Origin
from aegisd.core.obstacle import Obstacles

FindObstacles = Callable[[DaemonConfig, Collection[str]], Obstacles]

MOST_PROBLEMS = 1000
MOST_GUESSES = 100


@frozen(kw_only=True)
class Surroundings:
    """What a configuration depends on beside its files: `environment` for `${NAME}` and defaults, `step_types` from
    name to spec class, and who and where aegisd is. `find_obstacles` says which of the named fields of `Confinement`
    this host cannot honour under a daemon so configured; without it all are taken to be possible."""

    environment: Mapping[str, str]
    step_types: Mapping[str, type]
    host_name: str
    user_id: int
    find_obstacles: FindObstacles | None = None


class More(TypedDict, total=False):
    """What else a problem can say; see Problem."""

    path: Path
    label: str | None
    help: str | None
    also: Place | None


@define(eq=False, kw_only=True)
class Reading:
    """See the module. `directory` is what relative paths start from. `written` are the texts with `${NAME}` in them as
    they stand in the file, `filled` the same with the values."""

    source: Source
    index: Index
    directory: str
    around: Surroundings
    problems: list[Problem] = field(factory=list)
    origins: dict[Path, Origin] = field(factory=dict)
    written: dict[Path, str] = field(factory=dict)
    filled: dict[Path, str] = field(factory=dict, repr=False)
    _counts: Counter[Severity] = field(factory=Counter)
    _guesses: int = 0

    def error(self, code: str, message: str, span: Span, **more: Unpack[More]) -> None:
        """Note an error at `span`. A file has at most MOST_PROBLEMS of them."""
        self._add("error", code, message, span, **more)

    def warn(self, code: str, message: str, span: Span, **more: Unpack[More]) -> None:
        """Note a warning at `span`; as `error`."""
        self._add("warning", code, message, span, **more)

    def key(self, path: Path) -> Span:
        """Where the key of `path` stands."""
        return self.index.key(path)

    def value(self, path: Path) -> Span:
        """Where the value of `path` stands."""
        return self.index.value(path)

    def within(self, path: Path, pattern: re.Pattern[str], text: str) -> Span:
        """Where `pattern` first matches `text` inside the value of `path`; the value itself when it is written in
        another way, or when nobody will see it any more."""
        begin, end = self.index.value(path)
        similar = (begin, end)
        if max(self._counts.values(), default=0) >= MOST_PROBLEMS:
            return similar
        for match in pattern.finditer(self.source.text, begin, end):
            span = (match.start(), match.start() + len(text))
            if match[0] == text:
                return span
            if similar == (begin, end) and match[0].startswith(text):
                similar = span
        return similar

    def suggest(self, word: str, known: Collection[str], *, quote: str = "`") -> str | None:
        """The label behind a misspelt `word`, a question with the nearest of `known`."""
        nearest = self.nearest(word, known)
        return f"did you mean {quote}{nearest}{quote}?" if nearest else None

    def nearest(self, word: str, known: Collection[str]) -> str | None:
        """The one of `known` that `word` most likely means. A file gets MOST_GUESSES answers: each costs time."""
        self._guesses += 1
        return find_nearest(word, known) if self._guesses <= MOST_GUESSES else None

    def raw(self, path: Path) -> str:
        """The value of `path` as it is written, cut for messages."""
        begin, end = self.index.value(path)
        return show_name(self.source.text[begin : min(end, begin + 200)])

    def origin(self, path: Path) -> Origin:
        """The place of the key of `path`, for values."""
        line, column = self.source.position(self.index.key(path)[0])
        return Origin(file=self.source.name, line=line, column=column)

    def place(self, span: Span, text: str) -> Place:
        """A second place for a problem."""
        line, column = self.source.position(span[0])
        return Place(file=self.source.name, line=line, column=column, text=text)

    def _add(self, severity: Severity, code: str, message: str, span: Span, **more: Unpack[More]) -> None:
        self._counts[severity] += 1
        if self._counts[severity] > MOST_PROBLEMS:
            return
        line, column = self.source.position(span[0])
        end = min(max(span[1], span[0] + 1), max(self.source.line_end(line), span[0] + 1))
        label, help, path = more.get("label"), more.get("help"), more.get("path")
        problem = Problem(
            code=code,
            severity=severity,
            message=show_text(message),
            file=self.source.name,
            line=line,
            column=column,
            length=end - span[0],
            key=show_path(path) if path else None,
            label=show_text(label) if label else None,
            help=show_text(help) if help else None,
            also=more.get("also"),
        )
        self.problems.append(problem)
