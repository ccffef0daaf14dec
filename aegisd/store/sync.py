"""Making files durable, many at a time: a file system that is synced once costs less than a hundred files one by one.

`syncfs` (Linux) is not in Python's standard library, so that it is called through the C library; it waits, and since
Linux 5.8 it reports write errors. It also writes what other programs have left unwritten on that file system, which is
why a few files are synced one by one.
"""

import ctypes
import os
from collections.abc import Callable, Collection
from pathlib import Path

_ONE_BY_ONE = 16

_libc = ctypes.CDLL(None, use_errno=True)


def sync_all(paths: Collection[str | Path], file_system: Path) -> None:
    """On return the files and folders `paths`, which are on the file system of the folder `file_system`, are on disk.

    Raises OSError.
    """
    if len(paths) > _ONE_BY_ONE:
        _sync(str(file_system), _sync_file_system)
        return
    for path in paths:
        _sync(str(path), os.fsync)


def _sync(path: str, sync: Callable[[int], None]) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        sync(fd)
    finally:
        os.close(fd)


def _sync_file_system(fd: int) -> None:
    if _libc.syncfs(fd) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
