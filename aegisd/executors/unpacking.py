"""Takes files from a tar that another host sends, as it comes: the files that were asked for, and nothing else.

The archive is believed in nothing. A member counts only if its very name was asked for, once, and if it is a regular
file; links, devices and everything else end it. A file comes in under a name of ours and gets its own when it is whole,
and every folder on the way is opened relative to the one above it and never through a symbolic link: a step of this
host may be changing them. Format: tar in GNU's variant, of which two kinds of member are read: files, and long names.
Blocks for the disk: call it in a worker thread.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress

from attrs import frozen

from aegisd.wire.units import format_size

BLOCK = 512
MOST_NAME = 8192
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CONTENT = (b"0", b"\0")
_LONG_NAME = b"L"
_END = bytes(BLOCK)


class UnpackError(Exception):
    """The archive is not what it should be, or cannot be taken; the message says why."""


@frozen(kw_only=True)
class Target:
    """Where a member goes: the folder, which is there, and the names below it."""

    folder: str
    names: tuple[str, ...]


class Unpacker:
    """Takes the archive piece by piece. `wanted` are its members by name; those that have not come stay in it. At most
    `most` bytes come in."""

    def __init__(self, wanted: Mapping[bytes, Target], *, most: int) -> None:
        self.wanted = dict(wanted)
        self._most = self._left = most
        self._rest = bytearray()
        self._padding = 0
        self._name: bytes | None = None
        self._long: int | None = None
        self._file: _Incoming | None = None
        self._is_over = False

    def feed(self, data: bytes) -> None:
        """Take the next piece. Raises UnpackError; nothing can be fed after that but `close`."""
        self._rest += data
        while self._step():
            pass

    def finish(self) -> None:
        """There is no more. Raises UnpackError when there should be."""
        if not self._is_over:
            message = "the archive ends too early"
            raise UnpackError(message)

    def close(self) -> None:
        """Let go of a file that is not whole. May be called twice."""
        if self._file is not None:
            self._file.discard()
            self._file = None

    def _step(self) -> bool:
        """Do one thing; False when there is not enough to do it with."""
        if self._is_over:
            self._rest.clear()
            return False
        if self._padding:
            return self._skip()
        if self._file is not None:
            return self._fill(self._file)
        if self._long is not None:
            return self._read_name(self._long)
        if len(self._rest) < BLOCK:
            return False
        header = bytes(self._rest[:BLOCK])
        del self._rest[:BLOCK]
        self._begin(header)
        return True

    def _begin(self, header: bytes) -> None:
        if header == _END:
            self._is_over = True
            return
        if _read_number(header[148:156]) != sum(header) - sum(header[148:156]) + 8 * 0x20:
            message = "the archive is damaged"
            raise UnpackError(message)
        kind, size = header[156:157], _read_number(header[124:136])
        if kind == _LONG_NAME and self._name is None and 0 < size <= MOST_NAME:
            self._long = size
            return
        name = self._name if self._name is not None else header[:100].partition(b"\0")[0]
        self._name = None
        target = self.wanted.pop(name, None)
        shown = name.decode(errors="replace")[:200]
        if target is None or kind not in _CONTENT:
            message = f"the archive holds {shown!r}, which was not asked for or is no file"
            raise UnpackError(message)
        self._left -= size
        if self._left < 0:
            message = f"there is more than {format_size(self._most)} to bring back"
            raise UnpackError(message)
        mode = _read_number(header[100:108])
        self._file = _Incoming(target, size, mode=mode, mtime=_read_number(header[136:148]))

    def _read_name(self, size: int) -> bool:
        if len(self._rest) < size:
            return False
        self._name = bytes(self._rest[:size]).partition(b"\0")[0]
        del self._rest[:size]
        self._long, self._padding = None, -size % BLOCK
        return True

    def _fill(self, file: "_Incoming") -> bool:
        if file.left:
            if not self._rest:
                return False
            count = file.write(self._rest)
            del self._rest[:count]
            return True
        file.keep()
        self._file, self._padding = None, -file.size % BLOCK
        return True

    def _skip(self) -> bool:
        count = min(self._padding, len(self._rest))
        del self._rest[:count]
        self._padding -= count
        return count > 0


class _Incoming:
    """A file that comes in, `left` bytes of it. Raises UnpackError."""

    def __init__(self, target: Target, size: int, *, mode: int, mtime: int) -> None:
        self.size = self.left = size
        self._name = target.names[-1]
        # a tar knows whole seconds: a file is not to look older than the attempt that has written it
        self._time = min(time.time(), mtime + 1.0)
        self._draft = f".aegis-{os.urandom(8).hex()}"
        self._folder = self._fd = -1
        try:
            self._folder = _open_folder(target)
            self._fd = os.open(self._draft, _NEW, mode & 0o777 | 0o600, dir_fd=self._folder)
        except OSError as error:
            self.discard()
            message = f"{'/'.join(target.names)}: {error.strerror}"
            raise UnpackError(message) from error

    def write(self, data: bytearray) -> int:
        """Take what belongs to it of `data`; returns how much that was."""
        try:
            count = os.write(self._fd, memoryview(data)[: self.left])
        except OSError as error:
            message = f"{self._name}: {error.strerror}"
            raise UnpackError(message) from error
        self.left -= count
        return count

    def keep(self) -> None:
        """It is whole: give it its name."""
        try:
            os.utime(self._fd, (self._time, self._time))
            os.rename(self._draft, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except OSError as error:
            self.discard()
            message = f"{self._name}: {error.strerror}"
            raise UnpackError(message) from error
        self._close()

    def discard(self) -> None:
        """Remove it."""
        if self._fd >= 0:
            with suppress(OSError):
                os.unlink(self._draft, dir_fd=self._folder)
        self._close()

    def _close(self) -> None:
        for fd in (self._fd, self._folder):
            if fd >= 0:
                os.close(fd)
        self._fd = self._folder = -1


def _open_folder(target: Target) -> int:
    """The folder of the file, made where it is not there. Raises OSError."""
    fd = os.open(target.folder, _FOLDER & ~os.O_NOFOLLOW)
    try:
        for name in target.names[:-1]:
            with suppress(FileExistsError):
                os.mkdir(name, 0o777, dir_fd=fd)
            below = os.open(name, _FOLDER, dir_fd=fd)
            os.close(fd)
            fd = below
    except BaseException:
        os.close(fd)
        raise
    return fd


def _read_number(field: bytes) -> int:
    """A number of a header: octal, or binary where the first bit is set (GNU). Raises UnpackError."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    text = field.strip(b" \0")
    if text.strip(b"01234567"):
        message = "the archive is damaged"
        raise UnpackError(message)
    return int(text, 8) if text else 0
