"""The executor that holds programs to their confinement: refuses what this host cannot honour, and opens the sandbox.

It stands in front of an executor that knows nothing of sandboxes. bubblewrap writes into a file in memory whether it
came as far as starting the program, so that a sandbox that could not be made (`SpawnError`, ours) and a program that
failed (the user's) are never confused; both leave with exit code 1. The file is opened by path, through /proc, which
needs no descriptor to be handed through whatever starts the program. For a program that may outlive aegisd it is a file
on disk, which the next aegisd reads.
"""

import os
import signal
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import trio
from attrs import evolve

from aegisd.core.obstacle import Obstacles, list_demands
from aegisd.executors.command import Command, SpawnError
from aegisd.executors.local import LocalProcess
from aegisd.executors.mounts import read_mounts
from aegisd.executors.pid_namespace import end_namespace, wait_settled
from aegisd.executors.sandbox import PACKAGE, Secrets, enter_sandbox, find_bwrap

_STATUS_FD = "3"
_REDIRECT = f'exec {_STATUS_FD}>"$0" && exec "$@"'
_STARTED = b'"exit-code"'
_FIRST_LINES = 4096
_SIGNALLED = 128
_SIGNALS = {each.value: each.name for each in signal.Signals if each < signal.SIGRTMIN}


class Executor(Protocol):
    """Carries commands out; see `LocalExecutor`."""

    def open_process(self, command: Command, *, hurry: trio.Event) -> AbstractAsyncContextManager[LocalProcess]:
        """Start `command`; raises SpawnError."""


class ConfinedExecutor:
    """See the module. `find_obstacles` says what of the named demands this host cannot honour now; it may block.

    `secrets` is what no sandbox shows; `lasting` is the folder for what the next aegisd has to know of programs that
    may outlive this one.
    """

    def __init__(
        self,
        inner: Executor,
        *,
        secrets: Secrets,
        find_obstacles: Callable[[Collection[str]], Obstacles],
        lasting: Path | None = None,
    ) -> None:
        self.secrets = secrets
        self._lasting = lasting
        self._inner = inner
        self._find_obstacles = find_obstacles
        self._possible: frozenset[str] = frozenset()
        self._asking = trio.Lock()

    @asynccontextmanager
    async def open_process(self, command: Command, *, hurry: trio.Event) -> AsyncIterator[LocalProcess]:
        """Start `command` within its confinement; raises SpawnError, also on leaving the block when it turns out that
        the sandbox never started the program."""
        if not command.is_taken_over:
            await self._check(command)
        if command.confinement.sandbox is None:
            async with self._inner.open_process(command, hurry=hurry) as process:
                yield process
            return
        path = self._find_status(command)
        status = _open_status(command, path)
        opened: list[LocalProcess] = []
        try:
            async with self._inner.open_process(self._wrap(command, path, status), hurry=hurry) as process:
                opened.append(process)
                yield process
                await wait_settled(_read(status))
            _judge(command, process, _read(status))
        finally:
            if not any(process.is_left for process in opened):
                with trio.CancelScope(shield=True):
                    await end_namespace(_read(status))
            os.close(status)

    def _find_status(self, command: Command) -> Path | None:
        """Where bubblewrap writes to, if that is to be there for the next aegisd."""
        if self._lasting is None or not (command.is_taken_over or command.memo is not None):
            return None
        return self._lasting / f"{command.name}.box"

    async def _check(self, command: Command) -> None:
        confinement = command.confinement
        if not confinement.network and confinement.sandbox is None:
            message = f"cannot start {command.argv[0]}: only a sandbox can take the network away from it"
            raise SpawnError(message)
        demands = frozenset(list_demands(confinement))
        if demands <= self._possible:
            return
        async with self._asking:
            if demands <= self._possible:
                return
            obstacles = await trio.to_thread.run_sync(self._find_obstacles, demands - self._possible)
        for name in sorted(demands & obstacles.keys()):
            found = obstacles[name]
            reason = f"`{name}` cannot be honoured on this host: {found.reason} ({found.fix})"
            message = f"cannot start {command.argv[0]}: {reason}"
            raise SpawnError(message)
        self._possible |= demands

    def _wrap(self, command: Command, path: Path | None, status: int) -> Command:
        if command.is_taken_over:
            return command
        program = find_bwrap()
        if program is None:
            message = f"cannot start {command.argv[0]} in a sandbox: bwrap is not there (package {PACKAGE})"
            raise SpawnError(message)
        if not os.path.isdir(command.dir):  # noqa: PTH112 - the message needs no more
            message = f"cannot start {command.argv[0]}: the directory {command.dir} is not there"
            raise SpawnError(message)
        try:
            mounts = read_mounts()
        except OSError as error:
            message = f"cannot start {command.argv[0]} in a sandbox: {error.filename}: {error.strerror}"
            raise SpawnError(message) from error
        before = ("--json-status-fd", _STATUS_FD)
        inside = enter_sandbox(command, program=program, secrets=self.secrets, mounts=mounts, before=before)
        place = f"/proc/{os.getpid()}/fd/{status}" if path is None else str(path)
        return evolve(inside, argv=("/bin/sh", "-c", _REDIRECT, place, *inside.argv))


def _open_status(command: Command, path: Path | None) -> int:
    """The file that bubblewrap writes to: in memory, or at `path`."""
    try:
        if path is None:
            return os.memfd_create("sandbox", os.MFD_CLOEXEC)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = 0 if command.is_taken_over else os.O_TRUNC
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | fresh, 0o600)
    except OSError as error:
        message = f"cannot start {command.argv[0]} in a sandbox: {error.strerror}"
        raise SpawnError(message) from error


def _read(status: int) -> bytes:
    return os.pread(status, _FIRST_LINES, 0)


def _judge(command: Command, process: LocalProcess, status: bytes) -> None:
    """Put right what bubblewrap made of the end of the program. Raises SpawnError when there was no program.

    bubblewrap leaves with 128 + n after signal n; a program may use these codes too, and is then taken for signalled.
    """
    code = process.exit_code
    if code is None:
        return
    if _STARTED not in status:
        program = command.argv[0]
        reason = _first_words(command).removeprefix(f"execvp {program}: ") or f"bwrap left with {code}"
        message = f"cannot start {program} in {command.dir}, in a sandbox: {reason}"
        raise SpawnError(message)
    if code - _SIGNALLED in _SIGNALS:
        process.exit_code, process.signal = None, _SIGNALS[code - _SIGNALLED]


def _first_words(command: Command) -> str:
    """What bubblewrap said, from the output of the attempt."""
    try:
        reader = os.open(f"/proc/self/fd/{command.output_fd}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        lines = os.pread(reader, _FIRST_LINES, 0).decode(errors="replace").splitlines()
    finally:
        os.close(reader)
    said = [line.removeprefix("bwrap: ") for line in lines if line.startswith("bwrap: ")]
    return said[-1] if said else ""
