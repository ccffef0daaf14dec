"""The lines of a log by their numbers, with bounded memory whatever its size.

A log is a file of bytes (`logs.py`). A `LineIndex` knows where every so many bytes a line begins and which number it
has: 16 bytes for each MiB. It is made by reading the file once, piece by piece, and goes on where the log had ended
when it grows. On the way it keeps the first annotations that the step wrote. Nothing here reads more than a piece at a
time, and no line is ever held whole: what is beyond LONGEST bytes of it is counted and left out.

Everything blocks for the disk: to be called in worker threads.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from attrs import define, evolve, field, frozen

from aegisd.store.logs import read_chunks

STRIDE = 2**20
LONGEST = 8 * 1024
MOST_NOTES = 100
_MOST_BYTES = 2**20  # of lines that are given at once; those after have _SHORT bytes each
_SHORT = 80
_TAIL = 4 * 2**20
_NOTE_BYTES = 1024
_NOTE = re.compile(rb"^(?:\x1b\[[0-9;]*m)*::(error|warning|notice)(?=[ :])[^\n]*", re.MULTILINE)


@frozen(kw_only=True)
class LogLine:
    """A line without its newline. `number` counts from 1 (0: it is not known), `time` is Unix time at which its
    beginning was seen; `cut` bytes of it are not in `data`. `ended`: it has its newline."""

    number: int
    offset: int
    time: float
    data: bytes
    cut: int = 0
    ended: bool = True


@frozen(kw_only=True)
class Note:
    """An annotation that a step wrote in line `number`: `::error file=a.py,line=3::text`; its first bytes."""

    number: int
    data: bytes


@define(eq=False)
class LineIndex:
    """The index of the log at `path`. `lines` complete lines end before `whole`; up to `scanned` it was read.

    `note_count` counts all annotations, of which `notes` has the first 100.
    """

    path: str
    lines: int = 0
    whole: int = 0
    scanned: int = 0
    notes: list[Note] = field(factory=list)
    note_count: int = 0
    _offsets: "array[int]" = field(factory=lambda: array("Q", [0]))
    _numbers: "array[int]" = field(factory=lambda: array("Q", [0]))

    def extend(self, stop: int, *, most: int) -> bool:
        """Go on to the byte `stop`, or by about `most` bytes; whether it came there. A file that is shorter ends
        early; a last line that is not complete is looked at again when it has grown."""
        with suppress(FileNotFoundError), Path(self.path).open("rb") as file:
            while self.scanned < stop and most > 0:
                file.seek(self.scanned)
                data = file.read(min(STRIDE, stop - self.scanned))
                most -= len(data)
                if not self._take(data):
                    return True
            return self.scanned >= stop
        return True

    def total(self, size: int) -> int:
        """How many lines a log of `size` bytes has, one without its newline included."""
        return self.lines + (size > self.whole)

    def find(self, number: int) -> tuple[int, int]:
        """Where to read for the line `number`: a byte where a line begins, and how many lines are before it."""
        place = bisect_right(self._numbers, max(0, number - 1)) - 1
        return self._offsets[place], self._numbers[place]

    def _take(self, data: bytes) -> bool:
        end = data.rfind(b"\n") + 1
        if not end:  # inside a long line, or one that is still written: then it is read again when it has grown
            self.scanned += len(data) if len(data) == STRIDE else 0
            return len(data) == STRIDE
        if b"::" in data:
            begin = data.find(b"\n") + 1 if self.scanned > self.whole else 0
            self._note(data[:end], begin)
        self.lines += data.count(b"\n", 0, end)
        self.scanned = self.whole = self.scanned + end
        if self.whole - self._offsets[-1] >= STRIDE:
            self._offsets.append(self.whole)
            self._numbers.append(self.lines)
        return True

    def _note(self, data: bytes, begin: int) -> None:
        counted, number = 0, self.lines + 1
        for found in _NOTE.finditer(data, begin):
            self.note_count += 1
            if len(self.notes) < MOST_NOTES:
                number += data.count(b"\n", counted, found.start())
                counted = found.start()
                self.notes.append(Note(number=number, data=found[0][:_NOTE_BYTES]))


def read_lines(path: str, *, start: tuple[int, int], first: int, count: int, stop: int) -> list[LogLine]:
    """Up to `count` lines from number `first` on, of the first `stop` bytes; `start` is from `LineIndex.find`."""
    offset, before = start
    found: list[LogLine] = []
    given = 0
    with suppress(FileNotFoundError):
        for line in _split(path, offset=offset, before=before, first=first, stop=stop):
            if len(found) >= count:
                break
            most = LONGEST if given < _MOST_BYTES else _SHORT
            found.append(_shorten(line, most))
            given += len(found[-1].data)
    return found


def read_tail(path: str, *, count: int, stop: int) -> list[LogLine]:
    """The last lines before the byte `stop`, at most `count` and those within 4 MiB; their numbers are not known."""
    begin = max(0, stop - _TAIL)
    with suppress(FileNotFoundError), Path(path).open("rb") as file:
        file.seek(begin)
        data = file.read(stop - begin)
        place = len(data) - data.endswith(b"\n")
        for _ in range(count):
            place = data.rfind(b"\n", 0, max(0, place))
            if place < 0:
                break
        skipped = place if place >= 0 else data.find(b"\n") if begin else -1
        lines = read_lines(path, start=(begin + skipped + 1, 0), first=1, count=count, stop=stop)
        return [evolve(line, number=0) for line in lines]
    return []


@define
class _Open:
    """A line on its way: its first and its last bytes. What a progress bar has written over is not worth keeping."""

    offset: int
    time: float
    head: bytes = b""
    tail: bytes = b""
    size: int = 0

    def add(self, data: bytes) -> None:
        room = LONGEST - len(self.head)
        self.head += data[:room]
        self.tail = (self.tail + data[room:])[-LONGEST:] if len(data) > room else self.tail
        self.size += len(data)

    def close(self, number: int, *, ended: bool) -> LogLine:
        data = self.head
        if self.size > len(self.head) and (drawn := self.tail.find(b"\r")) >= 0 and self.tail[drawn + 1 :].strip():
            data = self.tail[drawn + 1 :]
        return LogLine(
            number=number, offset=self.offset, time=self.time, data=data, cut=self.size - len(data), ended=ended
        )


def _split(path: str, *, offset: int, before: int, first: int, stop: int) -> Iterator[LogLine]:
    """The lines from `first` on; `before` lines are before `offset`."""
    number, line = before + 1, None
    for chunk in read_chunks(path, start=offset, stop=stop):
        data, place = chunk.data, 0
        while place < len(data):
            end = data.find(b"\n", place)
            if number >= first:
                line = line or _Open(chunk.offset + place, chunk.time)
                line.add(data[place : end if end >= 0 else len(data)])
            if end < 0:
                break
            if line is not None:
                yield line.close(number, ended=True)
            number, line, place = number + 1, None, end + 1
    if line is not None:
        yield line.close(number, ended=False)


def _shorten(line: LogLine, most: int) -> LogLine:
    if len(line.data) <= most:
        return line
    return evolve(line, data=line.data[:most], cut=line.cut + len(line.data) - most)
