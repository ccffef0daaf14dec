"""A cgroup with those that were made in it: listed, killed at one stroke, removed, or both until nothing is left."""

import os
import time
from contextlib import suppress

_FIRST_NAP_S = 0.0005
_LONGEST_NAP_S = 0.05


def end_tree(place: str, *, patience: float) -> bool:
    """Kill everything in the cgroup `place` and remove it. False when `patience` seconds were not enough.

    Again and again: a process on its way into the cgroup may arrive after a kill, but not after the removal.
    """
    deadline, nap = time.monotonic() + patience, _FIRST_NAP_S
    while not remove_tree(place):
        kill_tree(place)
        if time.monotonic() > deadline:
            return False
        time.sleep(nap)  # noqa: TID251 - a program of its own, or a worker thread
        nap = min(nap * 2, _LONGEST_NAP_S)
    return True


def kill_tree(place: str) -> None:
    """SIGKILL to everything in the cgroup `place` and below, at one stroke (cgroup.kill; children that are being born
    are killed too)."""
    with suppress(OSError):
        write_file(f"{place}/cgroup.kill", b"1")


def remove_tree(place: str) -> bool:
    """Remove the cgroup `place` with those that were made in it. False while a process lives in one."""
    if remove_leaf(place):
        return True
    for path in reversed(list_tree(place)):
        with suppress(OSError):
            os.rmdir(path)  # noqa: PTH106 - as above
    return not os.path.exists(place)  # noqa: PTH110 - as above


def remove_leaf(place: str) -> bool:
    """Remove the cgroup `place`. False while a process lives in it, or another cgroup is in it."""
    try:
        os.rmdir(place)  # noqa: PTH106 - a small program, and on the way to each step
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def list_tree(place: str) -> list[str]:
    """The cgroup `place` and those in it, parents before their children."""
    found = [place]
    for path in found:
        with suppress(OSError), os.scandir(path) as entries:
            found.extend(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
    return found


def list_members(place: str) -> set[int]:
    """The pids in the cgroup `place` and in those that were made in it."""
    found: set[int] = set()
    for path in list_tree(place):
        with suppress(OSError), open(f"{path}/cgroup.procs", "rb") as file:  # noqa: PTH123 - as fast as it goes
            found.update(map(int, file.read().split()))
    return found


def is_empty(place: str) -> bool:
    """Whether no process is left in the cgroup `place` and below."""
    try:
        fd = os.open(f"{place}/cgroup.events", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return not os.path.exists(place)  # noqa: PTH110 - a removed cgroup is empty, an unread one is not
    try:
        return b"populated 0" in os.read(fd, 256)
    finally:
        os.close(fd)


def write_file(path: str, data: bytes) -> None:
    """Write to a file of the kernel, in one go as it wants it. Raises OSError."""
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)
