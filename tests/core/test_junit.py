"""Reading JUnit XML: the shapes that test runners write, and hostile ones, in bounded memory and time."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.junit import ReportError, read_report
from aegisd.core.report import FailedTest, ReportedTests, SlowTest

_PYTEST = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="3.1">
<testcase classname="tests.test_ring" name="test_resume" time="2.0"><failure message="AssertionError: a &lt; b
second line">def test_resume(): ...</failure></testcase>
<testcase classname="tests.test_ring" name="test_gap" time="0.5"/>
<testcase classname="tests.test_ring" name="test_old" time="0"><skipped type="pytest.skip" message="why"/></testcase>
<testcase classname="" name="tests.test_broken" time="0.1"><error message="collection failure">boom</error></testcase>
</testsuite></testsuites>"""


def _read(text: bytes, piece: int = 1 << 16) -> ReportedTests:
    return read_report(text[start : start + piece] for start in range(0, len(text), piece))


@pytest.mark.parametrize("piece", [1, 7, 1 << 16])
def test_what_pytest_writes(piece: int) -> None:
    """Counts, failing tests with their messages on one line, and the slowest, however the bytes are cut."""
    tests = _read(_PYTEST, piece)
    assert (tests.total, tests.passed, tests.failed, tests.errors, tests.skipped) == (4, 1, 1, 1, 1)
    assert tests.failures == (
        FailedTest(name="tests.test_ring::test_resume", message="AssertionError: a < b second line"),
        FailedTest(name="tests.test_broken", message="collection failure"),
    )
    assert tests.names == ("tests.test_ring::test_resume", "tests.test_broken")
    assert tests.slowest[0] == SlowTest(name="tests.test_ring::test_resume", duration_s=2.0)
    assert tests.duration_s == 2.6


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (b"<testsuite tests='99' failures='99'/>", (0, 0, 0, 0, 0)),
        (b"<testsuite><testcase name='a'/></testsuite>", (1, 1, 0, 0, 0)),
        (
            b"<testsuites><testsuite><testsuite><testcase name='a'/></testsuite></testsuite></testsuites>",
            (1, 1, 0, 0, 0),
        ),
        (b"<j:testsuite xmlns:j='x'><j:testcase><j:failure/></j:testcase></j:testsuite>", (1, 0, 1, 0, 0)),
        (b"<testsuite><testcase><error/><failure/></testcase></testsuite>", (1, 0, 0, 1, 0)),
        (b"<testsuite><testcase><system-out>x</system-out><skipped/></testcase></testsuite>", (1, 0, 0, 0, 1)),
        (b"<testsuite><testcase><properties><failure/></properties></testcase></testsuite>", (1, 1, 0, 0, 0)),
        (b"<testsuite><testcase><rerunFailure/><flakyFailure/></testcase></testsuite>", (1, 1, 0, 0, 0)),
    ],
)
def test_shapes(text: bytes, counts: tuple[int, ...]) -> None:
    """Both roots, nested suites, prefixes; the first end of a test counts; what suites say of themselves does not."""
    tests = _read(text)
    assert (tests.total, tests.passed, tests.failed, tests.errors, tests.skipped) == counts


@pytest.mark.parametrize(
    ("time", "seconds"), [("1.5", 1.5), ("1,234.5", 1234.5), ("", 0.0), ("-1", 0.0), ("nan", 0.0), ("1e400", 0.0)]
)
def test_times(time: str, seconds: float) -> None:
    """A time that is none counts as nothing."""
    assert _read(f"<testsuite><testcase name='a' time='{time}'/></testsuite>".encode()).duration_s == seconds


def test_names_and_messages_are_harmless() -> None:
    """A message from the text of a failure; controls and line ends become blanks, and both are cut."""
    text = "<testsuite><testcase name='{}'><failure>  a&#x9b;b\n\tc {} </failure></testcase></testsuite>"
    (failure,) = _read(text.format("n" * 5000 + "&#10;", "m" * 5000).encode()).failures
    assert len(failure.name) == 200
    assert failure.message.startswith("a b c mmm")
    assert len(failure.message) == 500


def test_many_failures() -> None:
    """Of many failing tests all count, ten are told with messages and 500 by name."""
    case = "<testcase name='t{}' time='{}'><failure message='m'/></testcase>"
    text = "<testsuite>" + "".join(case.format(n, n) for n in range(3000)) + "</testsuite>"
    tests = _read(text.encode())
    assert (tests.failed, len(tests.failures), len(tests.names), len(tests.slowest)) == (3000, 10, 500, 10)
    assert tests.slowest[0].name == "t2999"


_LAUGHS = b"""<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><testsuite name="&b;"/>"""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (_LAUGHS, "document type"),
        (b'<!DOCTYPE t SYSTEM "file:///etc/passwd"><testsuite/>', "document type"),
        (b'<!DOCTYPE t [<!ENTITY x SYSTEM "http://127.0.0.1/">]><testsuite>&x;</testsuite>', "document type"),
        (b"<!DOCTYPE testsuite><testsuite/>", "document type"),
        (b"<testsuite>&x;</testsuite>", "line 1: undefined entity"),
        (b"<testsuite><testcase", "line 1: unclosed token"),
        (b"<testsuite><testcase>", "line 1: no element found"),
        (b"", "no element found"),
        (b"\0\1\2", "line 1"),
        (b"{}", "line 1"),
        (b"<html/>", "its root is html"),
        (b"<testcase/>", "its root is testcase"),
        (b"<testsuite/><testsuite/>", "junk after"),
        (b"<testsuite><a></b></testsuite>", "mismatched tag"),
        (b"<testsuite name='\xff'/>", "line 1"),
        (b"<testsuite>" + b"\xff\xfe" * 10 + b"</testsuite>", "line 1"),
        (b"<?xml version='1.0' encoding='utf-16'?><testsuite/>", "line 1"),
        (b"<?xml version='1.0' encoding='no-such'?><testsuite/>", "not XML"),
        (b"<?xml version='1.0' encoding='zip'?><testsuite/>", "not XML"),
        (b"<testsuite name='" + b"x" * 3 * 2**20 + b"'/>", "longer than 1 MiB"),
        (b"<testsuite><!--" + b"x" * 3 * 2**20 + b"--></testsuite>", "longer than 1 MiB"),
        (b"<testsuite>" + b"<a>" * 100_000, "deeper than 64"),
        (b"<testsuite>" + b"x" * 60 * 2**20, "longer than 50 MiB"),
    ],
    ids=lambda value: value[:30].decode(errors="replace") if isinstance(value, bytes) else None,
)
def test_hostile_reports(text: bytes, why: str) -> None:
    """What grows, reads other files, is cut off, lies about its encoding or nests without end is refused in words."""
    with pytest.raises(ReportError, match=why):
        _read(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(encoding: str) -> None:
    """A report says itself how it is encoded."""
    text = (
        f"<?xml version='1.0' encoding='{encoding}'?><testsuite><testcase name='täst'><error/></testcase></testsuite>"
    )
    assert _read(text.encode(encoding)).names == ("täst",)


def test_memory_is_bounded() -> None:
    """40 MiB of tests that pass, with output, cost a few hundred KiB."""
    case = b"<testcase name='x' time='0.01'><system-out>" + b"o" * 1000 + b"</system-out></testcase>\n"
    block = case * 60
    pieces = [b"<testsuite>", *[block] * 600, b"</testsuite>"]
    tracemalloc.start()
    tests = read_report(iter(pieces))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert tests.passed == 36_000
    assert peak < 2**20


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Any bytes are a report or are refused; nothing else is raised."""
    try:
        tests = _read(b"<testsuite>" + data + b"</testsuite>")
    except ReportError:
        return
    assert tests.total >= 0


def test_it_can_be_ended() -> None:
    """It is asked before each piece whether it goes on."""
    left = [None]
    with pytest.raises(IndexError):
        read_report([b"<testsuite>", b"</testsuite>"], check=left.pop)
