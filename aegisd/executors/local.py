"""Runs commands on this host, each in a session of its own, with its output straight in a file.

What holds the processes of a command together is a strategy (`containment.py`). Whatever ends the `async with` block
ends every process of the attempt, and only then is the block left, with a receipt for it.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from attrs import define

from aegisd.core.confinement import Receipt, Usage
from aegisd.executors.command import Command, SpawnError
from aegisd.executors.containment import Containment, Held, explain_unlimited, name_signal
from aegisd.executors.ending import end_attempt


@define(eq=False)
class LocalProcess:
    """A command that runs. After the `open_process` block `exit_code` or `signal` (a name) is set, `receipt` says how
    all of it ended, `usage` what it used and `remark`, if a limit ended it, which."""

    _held: Held
    _to_the_last: bool = False
    exit_code: int | None = None
    signal: str | None = None
    receipt: Receipt | None = None
    usage: Usage | None = None
    remark: str | None = None
    is_left: bool = False

    @property
    def pid(self) -> int:
        """Of the main process."""
        return self._held.pid

    async def wait(self) -> None:
        """Until the command has ended by itself: its main process, or the last of its processes where it is to wait for
        its children. Raises SpawnError when it was lost."""
        await self._held.wait()
        if self._to_the_last:
            await self._held.wait_empty()

    def leave(self) -> None:
        """Have it go on without aegisd, if it can (`is_left`): it is not ended, and nothing more is known of it."""
        self.is_left = self._held.detach()

    async def end(self, *, strategy: str, grace: float, hurry: trio.Event) -> None:
        """End all that is left of it, and take down what is known. Call it shielded."""
        if self.is_left:
            return
        self.receipt = await end_attempt(self._held, strategy=strategy, grace=grace, hurry=hurry)
        self.usage, self.remark = await self._held.close()
        if self._held.status is None:
            return
        code = os.waitstatus_to_exitcode(self._held.status)
        if code < 0:
            self.signal = name_signal(-code)
        else:
            self.exit_code = code


class LocalExecutor:
    """See the module. `grace` is the time from SIGTERM to SIGKILL in seconds."""

    def __init__(self, *, containment: Containment, grace: float) -> None:
        self._containment = containment
        self.grace = grace

    @property
    def containment(self) -> str:
        """The name of the strategy in force."""
        return self._containment.name

    def _check(self, command: Command) -> None:
        if command.confinement.sandbox is not None:
            message = f"cannot start {command.argv[0]}: this executor opens no sandbox"
            raise SpawnError(message)
        refusal = explain_unlimited(command.confinement, self._containment.limits, self._containment.name)
        if refusal is not None:
            raise SpawnError(refusal)

    @asynccontextmanager
    async def open_process(self, command: Command, *, hurry: trio.Event) -> AsyncIterator[LocalProcess]:
        """Start `command`; raises SpawnError. Leaving the block ends and reaps whatever of it still runs.

        `hurry` ends the grace: what is left is killed at once and not waited for any longer than a second.
        """
        if not command.is_taken_over:
            self._check(command)
        with trio.CancelScope(shield=True):
            held = await self._containment.start(command)
        process = LocalProcess(held, command.confinement.wait_for_children)
        try:
            yield process
        finally:
            with trio.CancelScope(shield=True):
                await process.end(strategy=self._containment.name, grace=self.grace, hurry=hurry)
