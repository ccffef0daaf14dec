"""The descendants of a process, as passes over /proc find them, and signals to all of them."""

import os
import signal
from collections.abc import Collection, Iterable
from contextlib import suppress


def kill_descendants(root: int, spare: Collection[int] = ()) -> set[int]:
    """SIGKILL to every descendant of `root` but the children in `spare` and theirs; returns those that were met."""
    found = list_descendants(root, spare)
    signal_all(found, signal.SIGKILL)
    return set(found)


def list_untold(pids: Iterable[int], told: dict[int, str]) -> list[int]:
    """Those of `pids` that `told` does not have as the programs they are now, in that order; it has them from now on.

    A process that a signal met between fork and exec may have lost it with the handler of the program it was.
    """
    untold = []
    for pid in pids:
        try:
            program = os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 - a small program, which imports little
        except OSError:
            program = ""
        if told.get(pid) != program:
            told[pid] = program
            untold.append(pid)
    return untold


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
