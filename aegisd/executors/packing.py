"""Packs folders of this host into a tar (GNU's format), for a host that does not see them.

A step may be changing the folders meanwhile, and it may be one that is kept in a sandbox. So every folder is opened
relative to the one above it and never through a symbolic link; links go in as links. What is no file, folder or link is
left out. Blocks for the disk and for whoever reads: call it in a worker thread.
"""

import os
import stat
import tarfile
from collections.abc import Callable, Sequence

from attrs import frozen

from aegisd.wire.units import format_size

DEEPEST = 100
_ENTRY = 512
_PIECE = 256 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class PackError(Exception):
    """It cannot be packed; the message says what and why."""


@frozen(kw_only=True)
class Tree:
    """A folder or a file of this host, and where it is in the archive."""

    path: str
    name: str


def pack_trees(trees: Sequence[Tree], target: int, *, most: int, check: Callable[[], None]) -> None:
    """Write `trees` into the descriptor `target`, `most` bytes together; an entry counts for 512 bytes more than it
    holds. `check` is called at each folder and may raise, to end it. Raises PackError, or OSError when nobody reads."""
    packer = _Packer(target, most, check)
    for tree in trees:
        packer.add(tree)
    packer.finish()


class _Pipe:
    """A descriptor that cannot be sought in, as `tarfile` takes one. It gathers what comes in blocks of 512 bytes. Not
    one of `io`: those write what is left when they are forgotten, to whatever has the number then.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._count = 0
        self._waiting = bytearray()

    def tell(self) -> int:
        """How much has been written."""
        return self._count

    def write(self, data: bytes) -> int:
        """Take `data`. Raises OSError."""
        self._waiting += data
        self._count += len(data)
        if len(self._waiting) >= _PIECE:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Write what waits. Raises OSError."""
        with memoryview(self._waiting) as rest:
            done = 0
            while done < len(rest):
                done += os.write(self._target, rest[done:])
        self._waiting.clear()


class _Packer:
    def __init__(self, target: int, most: int, check: Callable[[], None]) -> None:
        self._out = _Pipe(target)
        self.archive = tarfile.TarFile(
            fileobj=self._out,  # type: ignore[arg-type] # it writes and tells, no more
            mode="w",
            format=tarfile.GNU_FORMAT,
            encoding="utf-8",
            errors="surrogateescape",
        )
        self._most = self._left = most
        self._check = check

    def finish(self) -> None:
        """The end of the archive."""
        self.archive.close()
        self._out.flush()

    def add(self, tree: Tree) -> None:
        """A folder with all that is in it, or a file."""
        try:
            fd = os.open(tree.path, _FILE & ~os.O_NOFOLLOW)
        except OSError as error:
            message = f"{tree.path}: {error.strerror}"
            raise PackError(message) from error
        try:
            known = os.fstat(fd)
            if stat.S_ISDIR(known.st_mode):
                self._put(tree.name, known, tarfile.DIRTYPE)
                self._add_folder(tree.name, fd, 0)
            else:
                self._add_file(tree.name, fd)
        finally:
            os.close(fd)

    def _add_folder(self, prefix: str, folder: int, depth: int) -> None:
        self._check()
        if depth > DEEPEST:
            message = f"{prefix} is more than {DEEPEST} folders deep"
            raise PackError(message)
        for name in sorted(os.listdir(folder)):
            try:
                self._add_entry(f"{prefix}/{name}", name, folder, depth)
            except FileNotFoundError:
                continue  # gone since it was listed
            except BrokenPipeError:
                raise
            except (OSError, ValueError, tarfile.TarError) as error:
                message = f"{prefix}/{name}: {getattr(error, 'strerror', None) or error}"
                raise PackError(message) from error

    def _add_entry(self, path: str, name: str, folder: int, depth: int) -> None:
        known = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISLNK(known.st_mode):
            self._put(path, known, tarfile.SYMTYPE, link=os.readlink(name, dir_fd=folder))
        elif stat.S_ISDIR(known.st_mode) or stat.S_ISREG(known.st_mode):
            is_folder = stat.S_ISDIR(known.st_mode)
            fd = os.open(name, _FOLDER if is_folder else _FILE, dir_fd=folder)
            try:
                if is_folder:
                    self._put(path, known, tarfile.DIRTYPE)
                    self._add_folder(path, fd, depth + 1)
                else:
                    self._add_file(path, fd)
            finally:
                os.close(fd)

    def _add_file(self, path: str, fd: int) -> None:
        known = os.fstat(fd)
        if stat.S_ISREG(known.st_mode):
            with os.fdopen(os.dup(fd), "rb") as content:
                info = self._describe(path, known, tarfile.REGTYPE)
                info.size = known.st_size
                self.archive.addfile(info, content)

    def _put(self, path: str, known: os.stat_result, kind: bytes, *, link: str = "") -> None:
        info = self._describe(path, known, kind)
        info.linkname = link
        self.archive.addfile(info)

    def _describe(self, path: str, known: os.stat_result, kind: bytes) -> tarfile.TarInfo:
        self._left -= _ENTRY + (known.st_size if kind == tarfile.REGTYPE else 0)
        if self._left < 0:
            message = f"there is more than {format_size(self._most)} to copy"
            raise PackError(message)
        info = tarfile.TarInfo(path)
        info.type, info.mode = kind, stat.S_IMODE(known.st_mode)
        info.mtime = int(known.st_mtime)
        return info
