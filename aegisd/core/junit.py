"""Reads JUnit XML: a stream of bytes in, counts and failing tests out. Memory and time are bounded, whatever it holds.

The format has no standard; what is read is what its writers agree on: `testcase` elements anywhere below a root
`testsuites` or `testsuite`, with `failure`, `error` or `skipped` inside; a test without any of them has passed. The
counts in the attributes of suites are not believed: they are often wrong.

A document type is refused as a whole, and with it all entities, so that nothing can grow and nothing outside is read.
"""

import math
from collections.abc import Callable, Iterable
from xml.parsers import expat

from aegisd.core.artifact import is_control
from aegisd.core.report import MOST_NAMES, MOST_SHOWN, FailedTest, ReportedTests, SlowTest

MOST_BYTES = 50 * 1024 * 1024
_LONGEST_TOKEN = 1024 * 1024
_DEEPEST = 64
_NAME_CHARS = 200
_MESSAGE_CHARS = 500
_ROOTS = frozenset({"testsuites", "testsuite"})
_ENDS = {"failure": "failed", "error": "errors", "skipped": "skipped"}


class ReportError(Exception):
    """The report cannot be read; the message says why and where."""


def read_report(pieces: Iterable[bytes], *, check: Callable[[], None] = lambda: None) -> ReportedTests:
    """What the report in `pieces` says. `check` is called before each and may raise. Raises ReportError."""
    reader = _Reader()
    for piece in pieces:
        check()
        reader.feed(piece)
    return reader.finish()


class _Case:
    """The test that is being read."""

    def __init__(self, name: str, seconds: float) -> None:
        self.name = name
        self.seconds = seconds
        self.end = ""
        self.message = ""


class _Reader:
    def __init__(self) -> None:
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_doctype
        parser.CommentHandler = self._progress
        parser.ProcessingInstructionHandler = self._progress
        self._fed = self._told = 0
        self._depth = 0
        self._case: _Case | None = None
        self._case_depth = 0
        self._in_message = False
        self._counts = dict.fromkeys(("passed", *_ENDS.values()), 0)
        self._seconds = 0.0
        self._failures: list[FailedTest] = []
        self._names: list[str] = []
        self._slow: list[SlowTest] = []

    def feed(self, piece: bytes) -> None:
        self._fed += len(piece)
        if self._fed > MOST_BYTES:
            message = f"it is longer than {MOST_BYTES // 2**20} MiB"
            raise ReportError(message)
        self._parse(piece, last=False)
        if self._fed - self._told > _LONGEST_TOKEN:
            message = f"a tag in it is longer than {_LONGEST_TOKEN // 2**20} MiB"
            raise ReportError(message)

    def finish(self) -> ReportedTests:
        self._parse(b"", last=True)
        return ReportedTests(
            total=sum(self._counts.values()),
            passed=self._counts["passed"],
            failed=self._counts["failed"],
            errors=self._counts["errors"],
            skipped=self._counts["skipped"],
            duration_s=round(self._seconds, 6),
            failures=tuple(self._failures),
            names=tuple(self._names),
            slowest=tuple(sorted(self._slow, key=lambda test: -test.duration_s)[:MOST_SHOWN]),
        )

    def _parse(self, piece: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError as error:
            message = f"it is not XML: line {error.lineno}: {expat.ErrorString(error.code)}"
            raise ReportError(message) from None
        except (LookupError, ValueError) as error:
            message = f"it is not XML that can be read: {error}"
            raise ReportError(message) from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._told = self._fed
        self._depth += 1
        if self._depth == 1 and _local(tag) not in _ROOTS:
            message = f"it is not JUnit XML: its root is {_clean(tag, 40)}, not testsuites or testsuite"
            raise ReportError(message)
        if self._depth > _DEEPEST:
            message = f"it is nested deeper than {_DEEPEST} levels"
            raise ReportError(message)
        name = _local(tag)
        if name == "testcase" and self._case is None:
            self._case, self._case_depth = _Case(_name(attributes), _seconds(attributes)), self._depth
        elif self._case is not None and name in _ENDS and self._depth == self._case_depth + 1 and not self._case.end:
            self._case.end = _ENDS[name]
            self._case.message = attributes.get("message", "")[:_MESSAGE_CHARS]
            self._in_message = not self._case.message

    def _end(self, tag: str) -> None:
        self._told = self._fed
        if self._case is not None and self._depth == self._case_depth:
            self._count(self._case)
            self._case = None
        if _local(tag) in _ENDS:
            self._in_message = False
        self._depth -= 1

    def _text(self, text: str) -> None:
        self._told = self._fed
        if self._in_message and self._case is not None and len(self._case.message) < _MESSAGE_CHARS:
            self._case.message += text[:_MESSAGE_CHARS]

    def _progress(self, *_: object) -> None:
        self._told = self._fed

    def _refuse_doctype(self, *_: object) -> None:
        message = "it has a document type or an entity of its own, which aegis does not read"
        raise ReportError(message)

    def _count(self, case: _Case) -> None:
        self._counts[case.end or "passed"] += 1
        self._seconds += case.seconds
        if case.end in {"failed", "errors"}:
            if len(self._failures) < MOST_SHOWN:
                self._failures.append(FailedTest(name=case.name, message=_clean(case.message, _MESSAGE_CHARS)))
            if len(self._names) < MOST_NAMES:
                self._names.append(case.name)
        if case.seconds > 0:
            self._slow.append(SlowTest(name=case.name, duration_s=case.seconds))
            if len(self._slow) > 1000:
                self._slow = sorted(self._slow, key=lambda test: -test.duration_s)[:MOST_SHOWN]


def _local(tag: str) -> str:
    """A tag without its namespace prefix."""
    return tag.rpartition(":")[2]


def _name(attributes: dict[str, str]) -> str:
    """`tests.test_ring::test_resume`: the class and the test, as pytest, Maven and others write them."""
    parts = [attributes.get("classname", ""), attributes.get("name", "")]
    return _clean("::".join(filter(None, parts)), _NAME_CHARS) or "(a test without a name)"


def _seconds(attributes: dict[str, str]) -> float:
    """The `time` of a test; 0 where it is none. Some writers group thousands with commas."""
    try:
        seconds = float(attributes.get("time", "0").replace(",", ""))
    except ValueError:
        return 0.0
    return round(seconds, 6) if 0 <= seconds < 1e9 and math.isfinite(seconds) else 0.0


def _clean(text: str, most: int) -> str:
    """`text` on one line without control characters, cut."""
    words = "".join(" " if is_control(char) else char for char in text[: 4 * most]).split()
    line = " ".join(words)
    return line if len(line) <= most else line[: most - 1] + "…"
