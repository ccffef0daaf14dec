"""The search in a log: every line that matches is counted, in bounded memory, and a bad expression hurts nobody."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegisd.programs import list_arguments, log_search
from aegisd.programs.log_search import FAILING, find_expression, find_failing, find_first, find_text, search


def look(path: Path, find: log_search.Finder, *, at: int = 0) -> dict[str, Any]:
    """What a search of the whole log comes to."""
    return search(str(path), stop=path.stat().st_size, at=at, find=find, is_over=lambda: False)


def numbers(found: dict[str, Any]) -> list[int]:
    """The numbers of the lines that are told."""
    return [number for number, _ in found["lines"]]


def run_child(path: Path, expression: str, *, seconds: str = "1") -> dict[str, Any] | None:
    """The same in a process of its own; None when the kernel ended it."""
    arguments = list_arguments("log_search", str(path), str(path.stat().st_size), "0", expression, seconds)
    done = subprocess.run(arguments, capture_output=True, timeout=60, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of what tools write."""
    path = tmp_path / "a.log"
    path.write_bytes(
        b"begin\n\x1b[31mFAILED\x1b[0m tests\nfailed again\n10%\r50%\rdone failed\r\nGr\xc3\xbc\xc3\x9fe\n<b>(x)\nfail"
    )
    return path


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("failed", [2, 3, 4]),
        ("FAILED", [2]),
        ("FAILED tests", [2]),
        ("10%", []),
        ("done", [4]),
        ("Grüße", [5]),
        ("(x)", [6]),
        ("<b>", [6]),
        ("fail", [2, 3, 4, 7]),
        ("nowhere", []),
    ],
)
def test_text(log: Path, text: str, lines: list[int]) -> None:
    """What is searched is what is seen: without colours, and without what was drawn over. Small letters find both."""
    found = look(log, find_text(text))
    assert (numbers(found), found["count"], found["looked"]) == (lines, len(lines), log.stat().st_size)


@pytest.mark.parametrize(
    ("expression", "lines"), [(r"^fail(ed)?\b", [3, 7]), (r"\d+%", []), ("ü.e$", [5]), ("(?i)F.*S", [2])]
)
def test_expressions(log: Path, expression: str, lines: list[int]) -> None:
    """A regular expression sees each line as text; in a process of its own it finds the same."""
    assert numbers(look(log, find_expression(expression))) == lines
    told = run_child(log, expression)
    assert told is not None
    assert numbers(told) == lines


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.sampled_from([b"", b"needle", b"hay", b"a needle b needle", b"x" * 30]), max_size=60),
    piece=st.integers(1, 64),
    at=st.integers(0, 70),
)
def test_every_line_is_counted_once(tmp_path: Path, lines: list[bytes], piece: int, at: int) -> None:
    """Whatever the pieces, the count is that of the lines; those before the line that is looked at are told apart."""
    path = tmp_path / "b.log"
    path.write_bytes(b"\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_search, "PIECE", max(piece, 32))
        found = look(path, find_text("needle"), at=at)
    wanted = [number for number, line in enumerate(lines, 1) if b"needle" in line]
    assert (found["count"], found["earlier"]) == (len(wanted), len([each for each in wanted if each < at]))
    assert set(numbers(found)) <= set(wanted)


def test_those_around_a_line_are_given(tmp_path: Path) -> None:
    """All are counted, GitHub's hundred and the hundred thousandth; given are some before and after one place."""
    path = tmp_path / "c.log"
    path.write_bytes(b"error\n" * 200_000)
    found = look(path, find_text("error"), at=100_000)
    assert (found["count"], found["earlier"]) == (200_000, 99_999)
    assert (numbers(found)[0], numbers(found)[-1]) == (99_980, 100_059)


def test_a_search_ends_in_time(tmp_path: Path) -> None:
    """It says how far it came."""
    path = tmp_path / "d.log"
    path.write_bytes(b"error\n" * 500_000)
    found = search(str(path), stop=path.stat().st_size, at=0, find=find_text("error"), is_over=lambda: True)
    assert found["looked"] == log_search.PIECE
    assert found["count"] == log_search.PIECE // 6


def test_an_expression_that_takes_for_ever_is_ended(tmp_path: Path) -> None:
    """W1: the kernel ends a process that has used its time for one line; nothing else waits for it."""
    path = tmp_path / "e.log"
    path.write_bytes(b"a" * 64 + b"!\n")
    assert run_child(path, "(a+)+$") is None


@pytest.mark.parametrize("expression", ["(", "[z-a]", "(?P<a>x)(?P<a>y)", "*", "(?:" * 5000 + ")" * 5000])
def test_what_is_no_expression_is_said(log: Path, expression: str) -> None:
    """In words, and by the process that could have suffered from it."""
    told = run_child(log, expression)
    assert told is not None
    assert told["wrong"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"ok\n::error file=a::b\n", 2),
        (b"ok\n0 errors\nE   assert 1 == 2\n", 3),
        (b"a.c:3:5: error: expected ';'\n", 1),
        (b"x\nTraceback (most recent call last):\n", 2),
        (b"x\n\x1b[31merror[E0308]: mismatched\x1b[0m\n", 2),
        (b"make: *** [Makefile:3: all] Error 2\n", 1),
        (b"--- FAIL: TestX (0.00s)\n", 1),
        (b"2026-11-21 10:00:00 ERROR it broke\n", 1),
        (b"panic: runtime error\n", 1),
        (b"npm ERR! code 1\n", 1),
        (b"all fine, no errors\nterror: x is a word\n", None),
        (b"", None),
    ],
)
def test_the_first_failing_line(tmp_path: Path, text: bytes, line: int | None) -> None:
    """What compilers, test runners and shells write when they fail is known."""
    path = tmp_path / "f.log"
    path.write_bytes(text)
    found = find_first(str(path), stop=len(text), find=find_failing, is_over=lambda: False)
    assert found == line


def test_looking_for_failures_is_linear() -> None:
    """No line makes the pattern take longer than its length is worth."""
    line = b"a " * 30_000 + b"\r" + b"E" * 30_000
    assert re.search(FAILING, line * 3) is None


def test_a_log_that_is_gone(tmp_path: Path) -> None:
    """Retention may remove a log while it is searched."""
    found = search(str(tmp_path / "gone"), stop=9, at=0, find=find_text("x"), is_over=lambda: False)
    assert (found["count"], found["lines"]) == (0, [])
