"""Step output on disk: one file per attempt, written by the step itself, and an index that says when which bytes came.

The step's stdout and stderr are the same open file in append mode, so their order is kept, output costs aegisd nothing
and outlives it. The index holds 16 bytes per entry: the size of the file and the time (microseconds since 1970) when
that size was seen. Reading is bounded: a piece of a file at a time, whatever its size.
"""

import errno
import os
import stat
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import trio
from attrs import define, frozen

_ENTRY = struct.Struct("<QQ")
_SPARE = ".spare.log"
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
PIECE = 256 * 1024
_LOOK_S = 0.05
_FEW = 100
_SILENT = 20  # looks: a second
_TURNS = 5


@frozen(kw_only=True)
class LogChunk:
    """`data` are the bytes from `offset` on, seen at `time` (seconds since 1970)."""

    offset: int
    time: float
    data: bytes


@define(eq=False)
class OpenLog:
    """The log of an attempt that executes. `fd` is what the step writes to; `size` what was seen so far, `silent` how
    often since then nothing was new."""

    path: str
    fd: int
    size: int = 0
    silent: int = 0
    ended: bool = False


class LogStore:
    """The logs of all runs, below `root`: `ROOT/842/logs/0003-unit.1.log` and `.idx`."""

    def __init__(self, root: Path, *, wall: Callable[[], float]) -> None:
        self._root = root
        self._wall = wall
        self._open: dict[str, OpenLog] = {}
        self._spare_fd: int | None = None
        self._opened = trio.Event()
        self._grown = trio.Event()

    def path(self, run: int, index: int, step: str, attempt: int) -> str:
        """Where the output of an attempt is, whether or not it has written anything."""
        return f"{self._root}/{run}/logs/{index:04}-{step}.{attempt}.log"

    def open_log(self, path: str) -> OpenLog:
        """A new log for an attempt. Raises OSError.

        A plain file that lies there already is of an attempt whose events a crash kept from the disk: it is replaced.
        """
        spare = self._take_spare(path)
        if spare is not None:
            return self._register(OpenLog(path, spare))
        try:
            fd = os.open(path, _FRESH, 0o640)
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(path, _FRESH, 0o640)
        except FileExistsError:
            if path in self._open or not _is_plain(path):
                raise
            Path(path).unlink()
            Path(index_path(path)).unlink(missing_ok=True)
            fd = os.open(path, _FRESH, 0o640)
        return self._register(OpenLog(path, fd))

    def make_spare(self) -> None:
        """Have the file of the next log ready. Call it while a program runs: to make one can take a file system as long
        as a step takes (ext4 looks at every inode that was freed lately)."""
        path = f"{self._root}/{_SPARE}"
        while self._spare_fd is None:
            try:
                self._spare_fd = os.open(path, _FRESH, 0o640)
            except FileExistsError:
                with suppress(OSError):
                    os.unlink(path)  # noqa: PTH108 - of an earlier aegisd
                    continue
                return
            except OSError:
                return  # the next log is made when it is needed, and says what is wrong

    def _take_spare(self, path: str) -> int | None:
        """The file that was made ahead, as `path`; None if there is none, or something lies there."""
        fd, self._spare_fd = self._spare_fd, None
        if fd is None:
            return None
        for _ in range(2):
            try:
                if not os.path.lexists(path):
                    os.rename(f"{self._root}/{_SPARE}", path)  # noqa: PTH104 - as above
                    return fd
            except FileNotFoundError:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            except OSError:
                break
        os.close(fd)
        return None

    def _register(self, log: OpenLog) -> OpenLog:
        self._open[log.path] = log
        self._opened.set()
        return log

    def reopen_log(self, path: str) -> OpenLog:
        """The log of an attempt that goes on, as an earlier aegisd has left it; a new one if that is gone. Raises
        OSError."""
        try:
            if not _is_plain(path):
                raise OSError(errno.EINVAL, "not a plain file", path)
        except FileNotFoundError:
            return self.open_log(path)
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        log = self._register(OpenLog(path, fd, _mend_index(index_path(path))))
        self._look(log)
        self._wake()
        return log

    def close_log(self, log: OpenLog) -> int:
        """The attempt ended. Returns the bytes it has written.

        An empty file stays: ext4 looks at every inode that was freed in the last seconds before it makes a new one, so
        that removing them made each step 0.05 ms dearer.
        """
        self._look(log)
        log.ended = True
        os.close(log.fd)
        del self._open[log.path]
        self._wake()
        return log.size

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Look at the open logs twenty times a second: write the index and wake those who follow."""
        task_status.started()
        try:
            await self._keep_looking()
        finally:
            if self._spare_fd is not None:
                os.close(self._spare_fd)
                self._spare_fd = None

    async def _keep_looking(self) -> None:
        turn = 0
        while True:
            if not self._open:
                self._opened = trio.Event()
                await self._opened.wait()
            await trio.sleep(_LOOK_S)
            turn += 1
            grown = [self._look(log) for log in self._list_due(turn)]
            if any(grown):
                self._wake()

    def size(self, path: str) -> int:
        """Bytes of a log that readers may see now."""
        log = self._open.get(path)
        if log is not None:
            return log.size
        try:
            return Path(path).stat().st_size
        except FileNotFoundError:
            return 0

    async def wait_grown(self) -> None:
        """Until some log has grown or ended."""
        await self._grown.wait()

    def _list_due(self, turn: int) -> list[OpenLog]:
        """The logs to look at now: all of few. Of many, those that have been silent for a second take turns, four times
        a second each: a thousand steps that sleep would cost a twentieth of a processor otherwise."""
        if len(self._open) <= _FEW:
            return list(self._open.values())
        logs = enumerate(self._open.values(), turn)
        return [log for place, log in logs if log.silent < _SILENT or place % _TURNS == 0]

    def _look(self, log: OpenLog) -> bool:
        size = os.fstat(log.fd).st_size
        if size <= log.size:
            log.silent += 1
            return False
        log.size, log.silent = size, 0
        # on a full disk these bytes get the time of the next entry
        with suppress(OSError), Path(index_path(log.path)).open("ab") as index:
            index.write(_ENTRY.pack(size, int(self._wall() * 1_000_000)))
        return True

    def _wake(self) -> None:
        self._grown.set()
        self._grown = trio.Event()


def _mend_index(path: str) -> int:
    """The size that the last whole entry tells; an entry that is torn is removed."""
    try:
        with Path(path).open("r+b") as index:
            count = os.fstat(index.fileno()).st_size // _ENTRY.size
            index.truncate(count * _ENTRY.size)
            return _read_entry(index, count - 1)[0] if count else 0
    except FileNotFoundError:
        return 0


def _is_plain(path: str) -> bool:
    """Whether `path` is a file of its own and no link."""
    known = os.lstat(path)
    return stat.S_ISREG(known.st_mode) and known.st_nlink == 1


def index_path(path: str) -> str:
    """Where the index of the log at `path` is."""
    return path.removesuffix(".log") + ".idx"


def read_chunks(path: str, *, start: int, stop: int) -> Iterator[LogChunk]:
    """The bytes `start` to `stop` of the log at `path`, cut where its index has an entry and at PIECE bytes.

    Blocks for the disk: call it piece by piece in a worker thread. A file that is shorter than said ends early.
    """
    entries = _read_index(index_path(path), start)
    entry = next(entries, None)
    with Path(path).open("rb") as file:
        file.seek(start)
        while start < stop:
            while entry is not None and entry[0] <= start:
                entry = next(entries, None)
            end = min(stop, start + PIECE, entry[0] if entry else stop)
            data = file.read(end - start)
            if not data:
                return
            seen = entry[1] / 1_000_000 if entry else os.fstat(file.fileno()).st_mtime
            yield LogChunk(offset=start, time=seen, data=data)
            start += len(data)


def find_line(path: str, *, lines: int, stop: int) -> int:
    """The offset where the last `lines` lines before `stop` begin; reads backwards, a piece at a time."""
    with Path(path).open("rb") as file:
        position = stop
        wanted = lines
        while position > 0:
            begin = max(0, position - PIECE)
            file.seek(begin)
            piece = file.read(position - begin)
            end = len(piece)
            if position == stop and piece.endswith(b"\n"):
                end -= 1
            while (found := piece.rfind(b"\n", 0, end)) >= 0:
                wanted -= 1
                if wanted <= 0:
                    return begin + found + 1
                end = found
            position = begin
    return 0


def _read_index(path: str, start: int) -> Iterator[tuple[int, int]]:
    """Entries (size, microseconds) that end above `start`, found by bisection: an index may be long."""
    with suppress(FileNotFoundError), Path(path).open("rb") as file:
        low, high = 0, os.fstat(file.fileno()).st_size // _ENTRY.size
        while low < high:
            middle = (low + high) // 2
            if _read_entry(file, middle)[0] <= start:
                low = middle + 1
            else:
                high = middle
        file.seek(low * _ENTRY.size)
        while len(raw := file.read(_ENTRY.size)) == _ENTRY.size:
            yield _ENTRY.unpack(raw)


def _read_entry(file: BinaryIO, number: int) -> tuple[int, int]:
    file.seek(number * _ENTRY.size)
    size, seen = _ENTRY.unpack(file.read(_ENTRY.size))
    return size, seen
