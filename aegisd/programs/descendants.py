"""The descendants of a process, as passes over /proc find them, and signals to all of them."""

import os
import signal
from collections.abc import Collection
from contextlib import suppress


def kill_descendants(root: int, spare: Collection[int] = ()) -> set[int]:
    """SIGKILL to every descendant of `root` but the children in `spare` and theirs; returns those that were met."""
    found = list_descendants(root, spare)
    signal_all(found, signal.SIGKILL)
    return set(found)


def signal_all(pids: list[int], number: signal.Signals) -> None:
    """Signal `pids` one after the other."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def list_descendants(root: int, spare: Collection[int] = ()) -> list[int]:
    """The living descendants of `root`, parents before their children, as one pass over /proc sees them."""
    children: dict[int, list[int]] = {}
    zombies: set[int] = set()
    for entry in os.listdir("/proc"):  # noqa: PTH208 - a small program, which imports little
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as file:  # noqa: PTH123 - as above
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry))
        if fields[0] in b"ZX" and int(fields[17]) <= 1:  # of a program with threads the first one may end before others
            zombies.add(int(entry))
    found = [pid for pid in children.get(root, ()) if pid not in spare]
    for pid in found:
        found.extend(children.get(pid, ()))
    return [pid for pid in found if pid not in zombies]
