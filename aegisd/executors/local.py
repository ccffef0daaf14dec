"""Runs a command as a child of aegisd, in a session of its own, with its output straight in a file.

Spawning happens in the event loop's own thread, one program at a time between two turns of the loop (0.2 ms each). A
worker thread would protect nothing: CPython holds its lock from vfork until the program is loaded, so the loop would
stand still all the same, and the way there and back costs more than the rest of the step. The end of the main process
comes from the kernel as a readable pidfd. Whatever ends the `async with` block ends every process of the attempt, and
only then is the block left.
"""

import math
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from attrs import define

from aegisd.executors.command import Command, SpawnError
from aegisd.executors.containment import SessionContainment

_APART_S = 0.001


@define(eq=False)
class LocalProcess:
    """A command that runs. After the `open_process` block `exit_code` or `signal` (a name) is set, and `left` holds the
    pids of processes that would not die (waiting for a broken disk, say)."""

    pid: int
    _pidfd: int
    exit_code: int | None = None
    signal: str | None = None
    left: tuple[int, ...] = ()

    async def wait(self) -> None:
        """Until the main process has ended by itself."""
        await trio.lowlevel.wait_readable(self._pidfd)

    def reap(self) -> bool:
        """Take the exit status of the main process. False while it has not ended."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            return False
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            self.signal = _name_signal(-code)
        else:
            self.exit_code = code
        return True


class LocalExecutor:
    """See the module. `grace` is the time from SIGTERM to SIGKILL in seconds."""

    containment = SessionContainment.name

    def __init__(self, *, grace: float) -> None:
        self.grace = grace
        self._spawned = -math.inf

    @asynccontextmanager
    async def open_process(self, command: Command, *, hurry: trio.Event) -> AsyncIterator[LocalProcess]:
        """Start `command`; raises SpawnError. Leaving the block ends and reaps whatever of it still runs.

        `hurry` ends the grace: what is left is killed at once and not waited for any longer than a second.
        """
        if command.confinement.sandbox is not None:
            message = f"cannot start {command.argv[0]}: this executor opens no sandbox"
            raise SpawnError(message)
        if trio.current_time() < self._spawned + _APART_S:
            await trio.lowlevel.checkpoint()
        self._spawned = trio.current_time()
        popen, pidfd = _spawn(command)
        process = LocalProcess(popen.pid, pidfd)
        try:
            yield process
        finally:
            with trio.CancelScope(shield=True):
                await _end(process, SessionContainment(popen.pid), self.grace, hurry)
            popen.returncode = 0
            os.close(pidfd)


async def _end(process: LocalProcess, containment: SessionContainment, grace: float, hurry: trio.Event) -> None:
    if process.reap():
        process.left = await containment.sweep()
        return
    process.left = await containment.terminate(grace, hurry)
    process.reap()


def _spawn(command: Command) -> tuple["subprocess.Popen[bytes]", int]:
    """The program and its pidfd; a program that cannot be watched (no descriptor is left) does not go on."""
    try:
        popen = subprocess.Popen(  # noqa: S603 - running what the workflow says is the purpose
            command.argv,
            env=command.env,
            cwd=command.dir,
            stdin=subprocess.DEVNULL,
            stdout=command.output_fd,
            stderr=command.output_fd,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise SpawnError(_explain_spawn(command, error)) from error
    try:
        return popen, os.pidfd_open(popen.pid)
    except OSError as error:
        popen.kill()
        popen.wait()
        raise SpawnError(_explain_spawn(command, error)) from error


def _explain_spawn(command: Command, error: OSError | ValueError) -> str:
    program = command.argv[0]
    if not isinstance(error, OSError):
        return f"cannot start {program}: {error}"
    if not os.path.isdir(command.dir):  # noqa: PTH112 - the message needs no more
        return f"cannot start {program}: the directory {command.dir} is not there"
    reason = os.strerror(error.errno) if error.errno else str(error)
    return f"cannot start {program} in {command.dir}: {reason}"


def _name_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
