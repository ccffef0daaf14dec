"""The end of a sandbox's process namespace: with its first process the kernel kills all others, whatever they do.

bubblewrap leaves as soon as the program has ended, while what that had started lives on in the namespace. The number of
its first process is known from bubblewrap and may belong to another by now, so it is held by a pidfd first and killed
only if it is still in the namespace that bubblewrap had made.
"""

import json
import os
import signal
from contextlib import suppress

import trio

_PATIENCE_S = 1.0
_SETTLING_S = 0.02


async def end_namespace(status: bytes) -> None:
    """Kill what is left in the sandbox that `status` (of `bwrap --json-status-fd`) tells of, and wait for its end.

    Call it shielded. Does nothing where the sandbox has ended, or was never made.
    """
    pidfd = _hold_first(status)
    if pidfd is None:
        return
    try:
        with suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        with trio.move_on_after(_PATIENCE_S):
            await trio.lowlevel.wait_readable(pidfd)
    finally:
        os.close(pidfd)


async def wait_settled(status: bytes) -> None:
    """For a moment, until the sandbox has ended by itself, which it does right after its last process."""
    pidfd = _hold_first(status)
    if pidfd is None:
        return
    try:
        with trio.move_on_after(_SETTLING_S):
            await trio.lowlevel.wait_readable(pidfd)
    finally:
        os.close(pidfd)


def _hold_first(status: bytes) -> int | None:
    """A pidfd of the first process, if that is still there."""
    try:
        made = json.loads(status.partition(b"\n")[0])
        pid, namespace = int(made["child-pid"]), int(made["pid-namespace"])
        pidfd = os.pidfd_open(pid)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        if os.stat(f"/proc/{pid}/ns/pid").st_ino == namespace:  # noqa: PTH116 - one system call
            return pidfd
    except OSError:
        pass
    os.close(pidfd)
    return None
