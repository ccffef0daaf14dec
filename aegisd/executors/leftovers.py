"""Processes of steps that outlived the aegisd that had started them: found by their environment, and killed.

Every step has AEGIS_SOCKET and AEGIS_RUN_ID, and so has what it starts unless that clears its environment. Whoever
calls this holds the lock of the state directory, so that no other aegisd can have started them. A pid is never
remembered: what is killed was found a moment before.
"""

import os
import signal
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import trio

_PASS_S = 0.01
_PASSES = 500


async def kill_leftovers(runs: Collection[int], *, socket: str) -> int:
    """Kill what is left of the steps of `runs`, again and again until a pass over /proc finds nothing.

    Returns how many processes were found; those that would not die in 5 s are left to the kernel.
    """
    wanted = {f"AEGIS_RUN_ID={run}".encode() for run in runs}
    mark = b"AEGIS_SOCKET=" + os.fsencode(socket)
    found: set[int] = set()
    for _ in range(_PASSES):
        left = await trio.to_thread.run_sync(_kill_marked, mark, wanted)
        if not left:
            break
        found |= left
        await trio.sleep(_PASS_S)
    return len(found)


def _kill_marked(mark: bytes, wanted: set[bytes]) -> set[int]:
    """One pass: the pids that carry both marks, to which SIGKILL was sent."""
    pids = set()
    for entry in os.listdir("/proc"):  # noqa: PTH208 - half the time of pathlib
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            variables = Path("/proc", entry, "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark in variables and not wanted.isdisjoint(variables):
            pids.add(int(entry))
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(entry), signal.SIGKILL)
    return pids
