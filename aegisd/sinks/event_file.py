"""A file of events, one JSON object a line: only ever added to, repaired when a crash tore its last line, renamed when
it is large. All of it blocks; call it in a worker thread, one call at a time.

The last whole line says what the file has already, so that after kill -9 nothing is written twice. Lines are not synced
to the disk one by one; `sync` does that for all.
"""

import fcntl
import logging
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

_log = logging.getLogger("aegisd.sinks")

_BLOCK = 64 * 1024
_OURS = b'{"cursor":"'

Line = tuple[int, bytes]
"""The seq of an event and its JSON with a cursor, without a line break."""


class EventFile:
    """The file at `path`, for events of the store `epoch`. With `max_size` it is renamed to `path.1` before it grows
    beyond, and so on up to `path.KEEP`."""

    def __init__(self, path: Path, *, epoch: str, max_size: int | None = None, keep: int = 0) -> None:
        self.path = path
        self._epoch = epoch
        self._max_size = max_size
        self._keep = keep
        self._fd = -1
        self.last_seq = 0

    def open(self) -> None:
        """Open it, make it if it is not there, and find out what it has. Raises OSError; does nothing when it is open
        and still the file of that name (another program may have renamed it)."""
        if self._fd >= 0 and self._is_current():
            return
        self.close()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        fd = os.open(self.path, flags, 0o640)
        try:
            _check_plain(fd)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.last_seq = max(self.last_seq, _read_last_seq(fd, self._repair(fd), self._epoch))
            if not self.last_seq and self._max_size is not None:
                self.last_seq = self._read_renamed()
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd

    def append(self, lines: Sequence[Line]) -> None:
        """Add `lines`, but those that it has. All of them or none is what a crash or a full disk leaves of each
        write. Raises OSError."""
        self.open()
        new = [line for line in lines if line[0] > self.last_seq]
        while new:
            count = self._fitting(new)
            self._write(new[:count])
            new = new[count:]

    def sync(self) -> None:
        """What was added is on the disk. Raises OSError."""
        if self._fd >= 0:
            os.fdatasync(self._fd)

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _is_current(self) -> bool:
        try:
            there = self.path.lstat()
        except OSError:
            return False
        mine = os.fstat(self._fd)
        return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)

    def _fitting(self, lines: Sequence[Line]) -> int:
        """How many of `lines` go into the file as it is, at least one; it is renamed first when none does."""
        if self._max_size is None:
            return len(lines)
        size = os.fstat(self._fd).st_size
        if size and size + len(lines[0][1]) + 1 > self._max_size:
            self._rename()
            size = 0
        for count, (_, data) in enumerate(lines):
            size += len(data) + 1
            if count and size > self._max_size:
                return count
        return len(lines)

    def _read_renamed(self) -> int:
        """The last seq of the file that was renamed last: a crash may have come between that and the first new line."""
        try:
            fd = os.open(self.path.with_name(f"{self.path.name}.1"), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return 0
        try:
            _check_plain(fd)
            return _read_last_seq(fd, os.fstat(fd).st_size, self._epoch)
        except OSError:
            return 0
        finally:
            os.close(fd)

    def _rename(self) -> None:
        names = [self.path, *(self.path.with_name(f"{self.path.name}.{n}") for n in range(1, self._keep + 1))]
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            with suppress(FileNotFoundError):
                newer.replace(older)
        self.close()
        self.open()

    def _write(self, lines: Sequence[Line]) -> None:
        data = b"".join(data + b"\n" for _, data in lines)
        before = os.fstat(self._fd).st_size
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError:
            os.ftruncate(self._fd, before)
            raise
        self.last_seq = lines[-1][0]

    def _repair(self, fd: int) -> int:
        """The size up to the last line break. What follows is a line of ours that a crash tore, and is cut off: its
        event is written again. A line of somebody else is ended."""
        size = os.fstat(fd).st_size
        end = _find_break(fd, size) + 1
        if end == size:
            return size
        torn = os.pread(fd, len(_OURS), end)
        if _OURS.startswith(torn) or torn == _OURS:
            _log.warning(
                "%s: the last line was cut short by a crash; its %d bytes are taken out", self.path, size - end
            )
            os.ftruncate(fd, end)
            return end
        os.write(fd, b"\n")
        return size + 1


def _check_plain(fd: int) -> None:
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        message = "not a plain file"
        raise OSError(message)


def _find_break(fd: int, size: int) -> int:
    """The place of the last line break before `size`, -1 when there is none."""
    while size > 0:
        start = max(0, size - _BLOCK)
        found = os.pread(fd, size - start, start).rfind(b"\n")
        if found >= 0:
            return start + found
        size = start
    return -1


def _read_last_seq(fd: int, size: int, epoch: str) -> int:
    """The seq in the last line, which ends at `size`; 0 when that is no event of the store `epoch`."""
    if size == 0:
        return 0
    start = _find_break(fd, size - 1) + 1
    try:
        cursor = msgspec.json.decode(os.pread(fd, size - start, start), type=_Cursor).cursor
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0
    of, _, seq = cursor.rpartition(".")
    return int(seq) if of == epoch and seq.isascii() and seq.isdigit() else 0


class _Cursor(msgspec.Struct):
    cursor: str
