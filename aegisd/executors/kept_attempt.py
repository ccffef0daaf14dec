"""One attempt under a keeper, which goes on without aegisd: in a cgroup too, where aegisd keeps those.

The keeper knows when the program and the last process ended; the cgroup counts, limits, and kills at one stroke. An
attempt that ended while no aegisd was there has a file in place of a keeper, which says the same.
"""

import os
import socket
from collections.abc import Callable

import trio
from attrs import frozen

from aegisd.core.confinement import Usage
from aegisd.executors.accounting import from_cgroup
from aegisd.executors.command import Command
from aegisd.executors.entering import check_entered
from aegisd.executors.limits import explain_limits
from aegisd.executors.subreaper_attempt import SubreaperAttempt, Ticket
from aegisd.programs.cgroup_tree import is_empty, kill_tree, list_members, remove_tree

_PASS_S = 0.05
_PRESSURE_FROM_S = 0.1


@frozen(kw_only=True)
class Hold:
    """What there is of an attempt beside its keeper: its cgroup, if it has one, with the controllers that account
    there. `drop` forgets it when it turns out not to have begun."""

    drop: Callable[[], None]
    cgroup: str | None = None
    controllers: frozenset[str] = frozenset()


class KeptAttempt(SubreaperAttempt):
    """See `Held`. `ended_at` is when the main process ended (seconds since the boot), `is_abandoned` that the keeper
    ended it because no aegisd came, `is_taken` that another aegisd has it."""

    def __init__(self, command: Command, *, channel: socket.socket, ticket: Ticket, hold: Hold) -> None:
        super().__init__(command, channel=channel, ticket=ticket)
        self._hold = hold
        self._members: set[int] = set()
        self._begun = trio.current_time()
        self.ended_at: float | None = None
        self.is_abandoned = False
        self.is_taken = False

    def resume_as(self, command: Command) -> None:
        """It is the attempt of `command`, which an earlier aegisd started."""
        self._command = command

    @property
    def cgroup(self) -> str | None:
        """The cgroup that it is in."""
        return self._hold.cgroup

    @property
    def killed(self) -> int:
        """See `Held`."""
        return max(super().killed, len(self._members))

    @property
    def is_lost(self) -> bool:
        """Whether its keeper is gone without a word about its end."""
        self._read()
        return self._is_lost

    async def hear_on(self, *, until: Callable[[], bool]) -> None:
        """Listen to the keeper until that, or until it is gone."""
        while not until() and not self._is_lost:
            await self._hear()

    def let_go(self) -> None:
        """It has not begun, or nobody knows: it must not go on."""
        self._send(b"K")
        super().let_go()
        if self.cgroup is not None:
            kill_tree(self.cgroup)
            remove_tree(self.cgroup)
        self._hold.drop()

    def detach(self) -> bool:
        """See `Held`."""
        super().let_go()
        return True

    async def wait(self) -> None:
        """See `Held`."""
        await super().wait()
        if self.cgroup is not None and self.status is not None and os.WIFEXITED(self.status):
            check_entered(self._command, self.cgroup, os.WEXITSTATUS(self.status))

    async def wait_empty(self) -> None:
        """See `Held`."""
        if self.cgroup is None:
            await super().wait_empty()
            return
        while not self.is_empty():
            if self._is_lost:
                await trio.sleep(_PASS_S)
            else:
                await self._hear()

    def is_empty(self) -> bool:
        """See `Held`. Without its keeper the cgroup says so."""
        if self.cgroup is None or self._is_empty:
            return super().is_empty()
        if self.is_lost:
            self._is_empty = is_empty(self.cgroup)
        return self._is_empty

    def kill(self) -> None:
        """See `Held`."""
        if self.cgroup is not None:
            self._members |= list_members(self.cgroup)
            kill_tree(self.cgroup)
        super().kill()

    async def list_left(self) -> tuple[int, ...]:
        """See `Held`."""
        if self.cgroup is None:
            return await super().list_left()
        return tuple(sorted(list_members(self.cgroup)))

    async def close(self) -> tuple[Usage, str | None]:
        """See `Held`. A cgroup in which something is left stays, for the next start."""
        super().let_go()
        usage, remark = self._usage, None
        if self.cgroup is not None:
            lasted = trio.current_time() - self._begun
            usage = from_cgroup(
                self.cgroup,
                usage,
                controllers=self._hold.controllers,
                with_pressure=self._command.is_taken_over or lasted >= _PRESSURE_FROM_S,
            )
            remark = None if self._status == 0 else explain_limits(self.cgroup, self._command.confinement)
            remove_tree(self.cgroup)
        return usage, remark

    def _take(self, word: str, *numbers: str) -> None:
        match word:
            case "ended":
                self.ended_at = float(numbers[1])
            case "abandoned":
                self.is_abandoned = True
            case "taken":
                self.is_taken = True
        super()._take(word, *numbers)
