"""Step output on disk: order kept, bytes exact, memory bounded, and nothing that lies in the way is written to."""

import os
import shutil
import subprocess
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from aegisd.store.logs import PIECE, LogStore, OpenLog, find_line, read_chunks


class _World:
    """A log store in `root` with a clock that is set by hand."""

    def __init__(self, root: Path) -> None:
        self.now = 1_800_000_000.0
        self.root = root
        self.logs = LogStore(root, wall=lambda: self.now)

    def open(self, attempt: int = 1) -> OpenLog:
        return self.logs.open_log(self.logs.path(842, 3, "unit", attempt))


@pytest.fixture
def world(tmp_path: Path) -> _World:
    """An empty log store."""
    return _World(tmp_path)


@pytest.fixture
async def looking(world: _World) -> AsyncIterator[_World]:
    """A log store that looks at its open logs."""
    async with trio.open_nursery() as nursery:
        await nursery.start(world.logs.run)
        yield world
        nursery.cancel_scope.cancel()


def _names(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def _read(path: str) -> bytes:
    return b"".join(chunk.data for chunk in read_chunks(path, start=0, stop=2**60))


def test_where_logs_are(world: _World) -> None:
    """One file per attempt, in the folder of its run, that sorts by the order of the steps."""
    log = world.open(attempt=2)
    os.write(log.fd, b"x")
    world.logs.close_log(log)
    assert _names(world.root) == ["842/logs/0003-unit.2.idx", "842/logs/0003-unit.2.log"]


def test_order_of_stdout_and_stderr(world: _World) -> None:
    """Both streams are the same open file: their order is the order in which the step wrote."""
    log = world.open()
    script = "for i in 1 2 3 4 5 6 7 8 9; do echo out$i; echo err$i >&2; done; (echo child; exec echo other >&2)"
    subprocess.run(["/bin/sh", "-c", script], stdout=log.fd, stderr=log.fd, check=True)
    world.logs.close_log(log)
    expected = "".join(f"out{i}\nerr{i}\n" for i in range(1, 10)) + "child\nother\n"
    assert _read(log.path) == expected.encode()


def test_bytes_are_exact(world: _World) -> None:
    """Invalid UTF-8, NUL bytes and carriage returns come back as they were written."""
    log = world.open()
    data = bytes(range(256)) * 3 + b"\xff\xfe\r\n\xc3(\0" + "ä".encode()[:1]
    os.write(log.fd, data)
    assert world.logs.close_log(log) == len(data)
    assert _read(log.path) == data


def test_an_empty_log_has_no_index(world: _World) -> None:
    """An attempt without output leaves an empty file and no index."""
    log = world.open()
    assert world.logs.close_log(log) == 0
    assert _names(world.root) == ["842/logs/0003-unit.1.log"]
    assert world.logs.size(log.path) == 0


@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to])
def test_nothing_in_the_way_is_written_to(make: Callable[[Path, Path], None], world: _World, tmp_path: Path) -> None:
    """W4.12: a link in the place of a log is refused, and what it points to stays as it is."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    place = Path(world.logs.path(842, 3, "unit", 1))
    place.parent.mkdir(parents=True)
    make(place, victim)
    with pytest.raises(FileExistsError):
        world.open()
    assert victim.read_bytes() == b"precious"


def test_a_dangling_link_is_refused(world: _World, tmp_path: Path) -> None:
    """A link to a file that is not there does not make one."""
    place = Path(world.logs.path(842, 3, "unit", 1))
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "new")
    with pytest.raises(OSError, match=r"unit\.1\.log"):
        world.open()
    assert not (tmp_path / "new").exists()


def test_a_log_that_a_crash_left_is_replaced(world: _World) -> None:
    """What an attempt wrote that is not in the books makes way for the attempt that is executed in its place."""
    lost = world.open()
    os.write(lost.fd, b"lost")
    world.logs.close_log(lost)
    log = LogStore(world.root, wall=lambda: 0.0).open_log(lost.path)
    os.write(log.fd, b"new")
    os.close(log.fd)
    assert Path(log.path).read_bytes() == b"new"
    assert _names(world.root) == ["842/logs/0003-unit.1.log"]


def test_a_log_is_made_once(world: _World) -> None:
    """Two attempts never share a file, and a step does not inherit it by accident."""
    log = world.open()
    with pytest.raises(FileExistsError):
        world.open()
    assert not os.get_inheritable(log.fd)
    world.logs.close_log(log)


async def test_index_and_waking(looking: _World) -> None:
    """While a step writes, readers see its size grow, and each piece has the time when it was seen."""
    log = looking.open()
    assert log.path in looking.logs._open
    for second in range(1, 4):
        looking.now += 1
        os.write(log.fd, b"%d\n" % second)
        with trio.fail_after(20):
            while looking.logs.size(log.path) < 2 * second:
                await looking.logs.wait_grown()
    looking.logs.close_log(log)
    assert log.path not in looking.logs._open
    chunks = list(read_chunks(log.path, start=0, stop=6))
    assert [(chunk.offset, chunk.data) for chunk in chunks] == [(0, b"1\n"), (2, b"2\n"), (4, b"3\n")]
    assert [chunk.time - 1_800_000_000 for chunk in chunks] == [1, 2, 3]


async def test_the_end_wakes_readers(looking: _World) -> None:
    """Closing a log wakes those who follow it."""
    log = looking.open()
    os.write(log.fd, b"last words")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(looking.logs.wait_grown)
        await trio.testing.wait_all_tasks_blocked()
        looking.logs.close_log(log)
    assert looking.logs.size(log.path) == 10


def test_many_silent_logs_take_turns(world: _World) -> None:
    """Few logs are looked at each time; of many the silent ones every fifth time, those that speak each time."""
    logs = [world.open(attempt) for attempt in range(1, 101)]
    for log in logs:
        log.silent = 20
    assert world.logs._list_due(1) == logs
    logs += [world.open(attempt) for attempt in range(101, 111)]
    due = [world.logs._list_due(turn) for turn in range(5)]
    assert [sum(log in each for each in due) for log in logs] == [1] * 100 + [5] * 10
    assert max(len(each) for each in due) == 30
    os.write(logs[0].fd, b"x")
    assert world.logs._look(logs[0])
    assert all(logs[0] in world.logs._list_due(turn) for turn in range(5))
    for log in logs:
        world.logs.close_log(log)


async def test_a_lost_index_ends_nothing(looking: _World) -> None:
    """When the index cannot be written (a full disk, a folder that is gone), logs go on and aegisd lives."""
    log = looking.open()
    shutil.rmtree(looking.root / "842")
    os.write(log.fd, b"to nowhere")
    await trio.sleep(0.15)
    os.write(log.fd, b".")
    assert looking.logs.close_log(log) == 11
    again = looking.open()
    os.write(again.fd, b"x")
    assert looking.logs.close_log(again) == 1


@given(st.lists(st.integers(1, 60), max_size=12), st.integers(0, 300), st.integers(0, 400))
def test_any_piece_of_any_log(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], start: int, stop: int
) -> None:
    """Whatever the index, a range of a log is exactly its bytes, in order, cut where the index has an entry."""
    world = _World(tmp_path_factory.mktemp("logs"))
    log = world.open()
    whole, ends = b"", []
    for number, size in enumerate(sizes):
        piece = bytes([65 + number]) * size
        os.write(log.fd, piece)
        whole += piece
        ends.append(len(whole))
        world.now += 1
        world.logs._look(log)
    world.logs.close_log(log)
    if not whole:
        return
    chunks = list(read_chunks(log.path, start=start, stop=stop))
    assert b"".join(chunk.data for chunk in chunks) == whole[start:stop]
    for chunk in chunks:
        end = chunk.offset + len(chunk.data)
        assert not [edge for edge in ends if chunk.offset < edge < end]
        assert chunk.time - 1_800_000_000 == 1 + next(n for n, edge in enumerate(ends) if edge >= end)


@given(st.binary(max_size=60).map(lambda raw: raw.replace(b"\x01", b"\n")), st.integers(1, 8), st.integers(0, 60))
def test_the_last_lines(tmp_path_factory: pytest.TempPathFactory, data: bytes, lines: int, stop: int) -> None:
    """The offset of the last N lines is where they begin, with or without a newline at the end."""
    path = tmp_path_factory.getbasetemp() / "lines.log"
    path.write_bytes(data)
    seen = data[:stop]
    offset = find_line(str(path), lines=lines, stop=len(seen))
    assert seen[offset:] == b"".join(_last_lines(seen, lines))


def _last_lines(data: bytes, count: int) -> list[bytes]:
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return [line for line in lines if line][-count:]


def test_a_log_without_a_newline_costs_no_memory(tmp_path: Path) -> None:
    """50 MB without a newline are read, and searched for a line, in pieces: memory stays below 2 MB."""
    path = tmp_path / "big.log"
    size = 50_000_000
    with path.open("wb") as file:
        file.truncate(size)
    tracemalloc.start()
    try:
        assert find_line(str(path), lines=10, stop=size) == 0
        total = most = 0
        for chunk in read_chunks(str(path), start=0, stop=size):
            total += len(chunk.data)
            most = max(most, len(chunk.data))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == size
    assert most <= PIECE
    assert peak < 2_000_000


def test_a_long_index_is_not_read_whole(world: _World) -> None:
    """The first piece of a range is found by bisection: an index of a day costs no more than one of a second."""
    log = world.open()
    os.write(log.fd, b"x" * 40_000)
    with open(log.path.removesuffix(".log") + ".idx", "wb") as index:  # noqa: PTH123 - paths of logs are text
        index.writelines(
            size.to_bytes(8, "little") + (size * 1_000_000).to_bytes(8, "little") for size in range(1, 40_001)
        )
    chunk = next(read_chunks(log.path, start=39_000, stop=40_000))
    assert (chunk.offset, chunk.data, chunk.time) == (39_000, b"x", 39_001)
    world.logs.close_log(log)


async def test_a_log_that_goes_on(looking: _World) -> None:
    """The log of an attempt that went on without aegisd is opened again: what was written meanwhile is there, with the
    time at which it was seen, and an index that was torn is mended."""
    first = looking.open()
    os.write(first.fd, b"before\n")
    looking.logs.close_log(first)
    _append(first.path, b"meanwhile\n")
    _append(first.path.replace(".log", ".idx"), b"torn")
    looking.now += 60
    again = LogStore(looking.root, wall=lambda: looking.now)
    log = again.reopen_log(first.path)
    assert again.size(log.path) == 17
    os.write(log.fd, b"after\n")
    assert again.close_log(log) == 23
    chunks = [(chunk.data, chunk.time) for chunk in read_chunks(log.path, start=0, stop=23)]
    assert [data for data, _ in chunks] == [b"before\n", b"meanwhile\n", b"after\n"]
    assert [time - chunks[0][1] for _, time in chunks] == [0, 60, 60]


def test_no_log_to_go_on_with(world: _World, tmp_path: Path) -> None:
    """A link to a file of somebody else is not opened again; where nothing is, a new log begins."""
    path = Path(world.logs.path(842, 3, "unit", 1))
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path)
    with pytest.raises(OSError, match="not a plain file"):
        world.logs.reopen_log(str(path))
    path.unlink()
    log = world.logs.reopen_log(str(path))
    assert world.logs.close_log(log) == 0


def _append(path: str, data: bytes) -> None:
    with Path(path).open("ab") as file:
        file.write(data)
