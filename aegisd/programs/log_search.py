"""Searches a log for lines, in one pass with bounded memory: every line that matches is counted, and those around one
place are given.

What is searched is what a terminal would show: without escape sequences, and of a line that was drawn over with
carriage returns the last state. A plain text is looked for in a worker thread. A regular expression may take for ever,
and would hold every other thread up meanwhile; it is matched in a process of its own (`main`), which the kernel bounds.
"""

import json
import re
import resource
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

PIECE = 2**20
BEFORE = 20
AFTER = 60
SHOWN = 300
_LINE = 64 * 1024
_MEMORY = 512 * 2**20
_ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?")
_DRAWN_OVER = re.compile(rb"^[^\n]*\r(?=[^\r\n])", re.MULTILINE)

# what the first line of a failure looks like, of the tools that builds use
FAILING = re.compile(
    rb"^(?:::error[ :]|E   |FAILED |FAIL[: \t]|--- FAIL|not ok |Traceback \(most recent call last\)|panic: |fatal: "
    rb"|npm ERR!|make(?:\[\d+\])?: \*\*\*|thread '[^'\n]*' panicked|.{0,200}?\b[Ee]rror(?:\[\w{1,20}\])?: "
    rb"|(?:\S{0,60} ){0,3}(?:ERROR|FATAL|CRITICAL)\b)[^\n]*",
    re.MULTILINE,
)

# one of these is in each line that FAILING matches: looking for them is much faster
_CLUES = (*b"rror ERROR FAIL Traceback panic fatal FATAL CRITICAL *** not npm".split(), b"E   ")

# a piece of the log without escapes -> where in it lines match: (beginning, end) of each match, one a line
Finder = Callable[[bytes], Iterator[tuple[int, int]]]


def find_text(text: str) -> Finder:
    """Lines that hold `text`. Without a capital letter (A to Z) in it, capital letters match as well."""
    needle = text.encode()
    folds = needle == needle.lower()

    def find(data: bytes) -> Iterator[tuple[int, int]]:
        data = data.lower() if folds else data
        place = 0
        while (place := data.find(needle, place)) >= 0:
            yield place, place + len(needle)
            place = data.find(b"\n", place)
            if place < 0:
                return

    return find


def find_failing(data: bytes) -> Iterator[tuple[int, int]]:
    """Lines that FAILING matches: a Finder."""
    if any(clue in data for clue in _CLUES):
        yield from (found.span() for found in FAILING.finditer(data))


def find_expression(expression: str) -> Finder:
    """Lines that a regular expression matches, as Python reads it; of a long line the first 64 KiB. Raises re.error."""
    pattern = re.compile(expression)

    def find(data: bytes) -> Iterator[tuple[int, int]]:
        place = 0
        for line in data.splitlines(keepends=True) if b"\r" not in data else _cut(data):
            if pattern.search(line[:_LINE].rstrip(b"\r\n").decode("utf-8", "replace")):
                yield place, place + 1
            place += len(line)

    return find


def search(path: str, *, stop: int, at: int, find: Finder, is_over: Callable[[], bool]) -> dict[str, object]:
    """Look at the first `stop` bytes, until `is_over`. `count` lines match, `earlier` of them before line `at`; `lines`
    are some of them around it, in order: `[number, text]`. `looked`: the bytes that were looked at."""
    before: deque[tuple[int, str]] = deque(maxlen=BEFORE)
    after: list[tuple[int, str]] = []
    count, earlier, looked = 0, 0, 0
    for looked, first, data in _read(path, stop):  # noqa: B007 - the last one is given
        number, last = first, 0
        for place, _ in find(data):
            number += data.count(b"\n", last, place)
            last = place
            count += 1
            if number < at:
                earlier += 1
                before.append((number, _show(data, place)))
            elif len(after) < AFTER:
                after.append((number, _show(data, place)))
        if is_over():
            break
    return {"count": count, "earlier": earlier, "lines": [*before, *after], "looked": looked}


def find_first(path: str, *, stop: int, find: Finder, is_over: Callable[[], bool]) -> int | None:
    """The number of the first line that matches."""
    for _, number, data in _read(path, stop):
        for place, _ in find(data):
            return number + data.count(b"\n", 0, place)
        if is_over():
            break
    return None


def main(path: str, stop: str, at: str, expression: str, seconds: str) -> None:
    """Search for a regular expression and print what was found as JSON, or `{"wrong": WHY}`."""
    most = float(seconds)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(most) + 1, int(most) + 1))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    end = time.monotonic() + most
    try:
        find = find_expression(expression)
        found = search(path, stop=int(stop), at=int(at), find=find, is_over=lambda: time.monotonic() > end)
    except (re.error, RecursionError, OverflowError) as error:
        found = {"wrong": str(error) or "it is too deep"}
    except MemoryError:
        found = {"wrong": "it takes too much memory"}
    json.dump(found, sys.stdout)


def _read(path: str, stop: int) -> Iterator[tuple[int, int, bytes]]:
    """The log in pieces of whole lines: the bytes read so far, the number of the first line, and the bytes as they
    are shown. A line that is longer than a piece comes in several."""
    number, looked, rest = 1, 0, b""
    with suppress(FileNotFoundError), Path(path).open("rb") as file:
        while looked < stop:
            data = file.read(min(PIECE, stop - looked))
            looked += len(data)
            end = data.rfind(b"\n") + 1 if looked < stop and data else len(data)
            piece = rest + data[:end] if end or len(rest) >= PIECE else b""
            rest = data[end:] if piece else rest + data
            if piece:
                yield looked, number, _clean(piece)
                number += piece.count(b"\n")
            if not data:
                return


def _clean(data: bytes) -> bytes:
    if b"\x1b" in data:
        data = _ESCAPES.sub(b"", data)
    return _DRAWN_OVER.sub(b"", data) if b"\r" in data else data


def _cut(data: bytes) -> list[bytes]:
    return [line + b"\n" for line in data.split(b"\n")]


def _show(data: bytes, place: int) -> str:
    """The line at `place`, cut so that the match can be seen."""
    begin = data.rfind(b"\n", 0, place) + 1
    end = data.find(b"\n", place)
    begin = max(begin, place - SHOWN // 2)
    return data[begin : end if 0 <= end <= begin + SHOWN else begin + SHOWN].decode("utf-8", "replace").rstrip("\r")
