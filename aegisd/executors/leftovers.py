"""Processes of steps that outlived the aegisd that had started them: found by their environment, and killed.

Every step has AEGIS_SOCKET and AEGIS_RUN_ID, and so has what it starts unless that clears its environment. This is the
net under the strategies of containment, for when the processes that held an attempt together were killed as well. A pid
is never remembered: what is killed was found a moment before.
"""

import os
import signal
from collections.abc import Callable, Collection
from collections.abc import Set as AbstractSet
from pathlib import Path

import trio

from aegisd.programs.descendants import signal_all

_PASS_S = 0.01
_PASSES = 500
_SURE = 2  # passes without a find: who becomes another program has no environment meanwhile


async def kill_leftovers(runs: Collection[int], *, socket: str, spare: Collection[AbstractSet[bytes]] = ()) -> int:
    """Kill what is left of the steps of `runs`, again and again until passes over /proc find nothing. Who has all of
    the variables of a set in `spare` is left alone.

    The caller holds the lock of the state directory, so that no other aegisd can have started them. Returns how many
    processes were found; those that would not die in 5 s are left to the kernel.
    """
    wanted = {f"AEGIS_RUN_ID={run}".encode() for run in runs}
    mark = b"AEGIS_SOCKET=" + os.fsencode(socket)
    found: set[int] = set()
    empty = 0
    for _ in range(_PASSES):
        left = await trio.to_thread.run_sync(_kill_marked, mark, wanted, spare)
        found |= left
        empty = 0 if left else empty + 1
        if empty == _SURE:
            break
        await trio.sleep(_PASS_S)
    return len(found)


def find_marked(has: Callable[[AbstractSet[bytes]], bool]) -> set[int]:
    """One pass: the pids of others whose environment `has` accepts (`NAME=value` each)."""
    pids = set()
    for entry in os.listdir("/proc"):  # noqa: PTH208 - half the time of pathlib
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            variables = Path("/proc", entry, "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if has(frozenset(variables)):
            pids.add(int(entry))
    return pids


def _kill_marked(mark: bytes, wanted: set[bytes], spare: Collection[AbstractSet[bytes]]) -> set[int]:
    """One pass: the pids that carry both marks, to which SIGKILL was sent."""
    found = find_marked(
        lambda variables: (
            mark in variables and not wanted.isdisjoint(variables) and not any(marks <= variables for marks in spare)
        )
    )
    signal_all(sorted(found), signal.SIGKILL)
    return found
