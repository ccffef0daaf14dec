"""The folder of an attempt in which its program leaves what is to be kept: `$AEGIS_ARTIFACTS`.

It is empty at the beginning. Whatever is in it at the end becomes artifacts of the run, by its path in the folder, and
the folder goes. Of an attempt that was cancelled nothing is kept: what it has left goes when its run has ended
(`retention.py`).
"""

import os
import shutil

from aegisd.store.folder_pool import FolderPool

EVERYTHING = ("**",)
MODE = 0o700

LEFT = "left-"
"""What the names of these folders begin with, in the folder of their run."""


def drop_path(log: str, *, index: int, attempt: int) -> str:
    """Where the folder of an attempt is, in the folder of its run."""
    return f"{log.rsplit('/', 2)[0]}/{LEFT}{index:04}.{attempt}"


def make_drop(folders: FolderPool, path: str) -> None:
    """Make the folder. What lies there is of an attempt whose events a crash kept from the disk, and goes. Raises
    OSError."""
    try:
        folders.make(path)
    except FileExistsError:
        remove_drop(path)
        folders.make(path)


def has_drop(folders: FolderPool, path: str) -> bool:
    """Whether there is something to keep; an empty folder goes."""
    return not folders.take_back(path) and os.path.isdir(path)  # noqa: PTH112 - on the way from each step


def remove_drop(path: str) -> None:
    """Remove the folder with all that is in it; what cannot be removed stays until the run is let go of."""
    shutil.rmtree(path, ignore_errors=True)
