"""The lines of a log by number: the same whatever the pieces it is read in, and memory that is bounded."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegisd.store import log_lines
from aegisd.store.log_lines import LONGEST, STRIDE, LineIndex, LogLine, read_lines, read_tail

_TEXT = st.lists(st.sampled_from([b"", b"a", b"bb\r", b"::error::x", b"c" * 40]), max_size=30).map(b"\n".join)


def count(path: Path, *, most: int = 2**40) -> LineIndex:
    """The index of a log that is read to its end."""
    index = LineIndex(path=str(path))
    size = path.stat().st_size
    before = -1
    while before != index.scanned:
        before = index.scanned
        index.extend(size, most=most)
    return index


def read(path: Path, index: LineIndex, first: int, number: int) -> list[LogLine]:
    """Lines from `first` on."""
    size = path.stat().st_size
    return read_lines(str(path), start=index.find(first), first=first, count=number, stop=size)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_TEXT, stride=st.integers(1, 64), first=st.integers(1, 40), number=st.integers(0, 40))
def test_lines_are_those_of_the_file(tmp_path: Path, text: bytes, stride: int, first: int, number: int) -> None:
    """Numbers, offsets and texts are what splitting the whole file gives, wherever the pieces of the index end."""
    path = tmp_path / "0000-a.1.log"
    path.write_bytes(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_lines, "STRIDE", stride)
        index = count(path, most=stride)
    whole = text.split(b"\n")
    if not whole[-1]:
        whole.pop()
    assert index.total(len(text)) == len(whole)
    found = read(path, index, first, number)
    assert [line.data for line in found] == whole[first - 1 : first - 1 + number]
    assert [line.number for line in found] == list(range(first, first + len(found)))
    assert all(text[line.offset :].startswith(line.data) for line in found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(_TEXT, min_size=1, max_size=5))
def test_an_index_grows_with_its_log(tmp_path: Path, parts: list[bytes]) -> None:
    """What is appended is counted on top of what was counted, also when a line was cut in the middle."""
    path = tmp_path / "0000-a.1.log"
    path.write_bytes(b"")
    index = LineIndex(path=str(path))
    for part in parts:
        with path.open("ab") as file:
            file.write(part)
        index.extend(path.stat().st_size, most=2**40)
    fresh = count(path)
    assert (index.lines, index.whole, index.notes) == (fresh.lines, fresh.whole, fresh.notes)


def test_annotations_are_found_on_the_way(tmp_path: Path) -> None:
    """The first hundred with their line numbers, and how many there are; in colour, too, but not within lines."""
    path = tmp_path / "0000-a.1.log"
    path.write_bytes(b"x\n\x1b[31m::error file=a.py::one\nno ::error::\n::errors::\n" + b"::warning::w\n" * 150)
    index = count(path)
    assert index.note_count == 151
    assert len(index.notes) == log_lines.MOST_NOTES
    assert [note.number for note in index.notes[:3]] == [2, 5, 6]
    assert index.notes[0].data == b"\x1b[31m::error file=a.py::one"


def test_a_long_line_is_cut(tmp_path: Path) -> None:
    """Of a long line its beginning is given, and how much is missing; of a progress bar what it shows in the end."""
    path = tmp_path / "0000-a.1.log"
    bar = b"".join(b"\r%d of 999999 files" % number for number in range(99999))
    path.write_bytes(b"first\n" + b"x" * (3 * STRIDE) + b"\n" + bar + b"\nlast")
    index = count(path)
    assert index.total(path.stat().st_size) == 4
    one, long, drawn, last = read(path, index, 1, 10)
    assert (one.data, last.data, last.ended) == (b"first", b"last", False)
    assert (len(long.data), long.cut) == (LONGEST, 3 * STRIDE - LONGEST)
    assert drawn.data.endswith(b"\r99998 of 999999 files")
    assert drawn.cut + len(drawn.data) == len(bar)


def test_many_long_lines_are_bounded(tmp_path: Path) -> None:
    """What is given at once is bounded: after a MiB of long lines only their beginnings are."""
    path = tmp_path / "0000-a.1.log"
    path.write_bytes((b"y" * 60_000 + b"\n") * 500)
    lines = read(path, count(path), 1, 500)
    assert len(lines) == 500
    assert sum(len(line.data) for line in lines) < 2**20 + LONGEST + 500 * 80


def test_the_end_without_numbers(tmp_path: Path) -> None:
    """The last lines of a log that nobody has counted."""
    path = tmp_path / "0000-a.1.log"
    path.write_bytes(b"a\nb\n" * 3_000_000 + b"end")
    lines = read_tail(str(path), count=3, stop=path.stat().st_size)
    assert [(line.data, line.number) for line in lines] == [(b"a", 0), (b"b", 0), (b"end", 0)]
    assert read_tail(str(path), count=3, stop=0) == []
    path.write_bytes(b"z" * (6 * 2**20))
    (line,) = read_tail(str(path), count=3, stop=path.stat().st_size)
    assert line.cut > 0


def test_memory_is_bounded(tmp_path: Path) -> None:
    """A log of ten GiB (sparse, so without newlines, and one of 64 MiB with many) is read in pieces."""
    huge, long = tmp_path / "0000-a.1.log", tmp_path / "0001-b.1.log"
    with huge.open("wb") as file:
        file.truncate(10 * 2**30)
    long.write_bytes(b"a line of some length\n" * (3 * 2**20))
    tracemalloc.start()
    try:
        index = LineIndex(path=str(huge))
        assert not index.extend(10 * 2**30, most=64 * STRIDE)
        assert index.scanned == 64 * STRIDE
        assert count(long).lines == 3 * 2**20
        assert [line.number for line in read(long, count(long), 3_000_000, 500)][-1] == 3_000_499
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    finally:
        tracemalloc.stop()


def test_a_log_that_is_gone(tmp_path: Path) -> None:
    """Retention may remove a log while somebody reads it: then it has no lines."""
    index = LineIndex(path=str(tmp_path / "gone.log"))
    index.extend(100, most=100)
    assert index.lines == 0
    assert read_lines(index.path, start=(0, 0), first=1, count=5, stop=100) == []
    assert read_tail(index.path, count=5, stop=100) == []
