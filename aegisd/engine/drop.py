"""The folder of an attempt in which its program leaves what is to be kept: `$AEGIS_ARTIFACTS`.

It is empty at the beginning. Whatever is in it at the end becomes artifacts of the run, by its path in the folder, and
the folder goes. One that is empty costs two calls of the kernel.
"""

import os
import shutil
from pathlib import Path

EVERYTHING = ("**",)


def drop_path(log: str, *, index: int, attempt: int) -> str:
    """Where the folder of an attempt is, beside the logs of its run."""
    return f"{log.rsplit('/', 2)[0]}/left/{index:04}.{attempt}"


def make_drop(path: str) -> None:
    """Make the folder. What lies there is of an attempt whose events a crash kept from the disk, and goes. Raises
    OSError."""
    try:
        os.mkdir(path, 0o700)  # noqa: PTH102 - on the way to each step
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        make_drop(path)
    except FileExistsError:
        remove_drop(path)
        os.mkdir(path, 0o700)  # noqa: PTH102 - as above


def has_drop(path: str) -> bool:
    """Whether there is something to keep; an empty folder is removed."""
    try:
        os.rmdir(path)  # noqa: PTH106 - on the way from each step
    except OSError:
        return os.path.isdir(path)  # noqa: PTH112 - as above
    return False


def remove_drop(path: str) -> None:
    """Remove the folder with all that is in it; what cannot be removed stays until the run is let go of."""
    shutil.rmtree(path, ignore_errors=True)
