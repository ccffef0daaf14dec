"""One attempt in a cgroup of its own: what lives in it is asked of the kernel, and killed at one stroke.

The main process is held by its pidfd as well, for the moment before it has entered and for one that leaves.
"""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import trio

from aegisd.core.confinement import Usage
from aegisd.executors.accounting import from_cgroup, from_rusage
from aegisd.executors.command import Command
from aegisd.executors.entering import check_entered
from aegisd.executors.limits import explain_limits
from aegisd.programs.cgroup_tree import is_empty, kill_tree, list_members, remove_leaf, remove_tree
from aegisd.programs.descendants import list_untold

if TYPE_CHECKING:
    import resource

_FIRST_NAP_S = 0.0005
_LONGEST_NAP_S = 0.05
_PRESSURE_FROM_S = 0.1
_AT_ONCE = 100


class CgroupAttempt:
    """See `Held`. `cgroup` is its directory, `controllers` are those that account in it."""

    def __init__(
        self,
        command: Command,
        *,
        cgroup: str,
        controllers: frozenset[str],
        pid: int,
        pidfd: int,
    ) -> None:
        self._command = command
        self._cgroup = cgroup
        self._controllers = controllers
        self._pid = pid
        self._pidfd = pidfd
        self._begun = trio.current_time()
        self._rusage: resource.struct_rusage | None = None
        self._status: int | None = None
        self._told: dict[int, str] = {}
        self._killed: set[int] = set()
        self._account: tuple[Usage, str | None] | None = None
        self._may_be_alone = True

    @property
    def pid(self) -> int:
        """See `Held`."""
        return self._pid

    @property
    def status(self) -> int | None:
        """See `Held`."""
        if self._status is None:
            pid, status, rusage = os.wait4(self._pid, os.WNOHANG)
            if pid:
                self._status, self._rusage = status, rusage
        return self._status

    @property
    def killed(self) -> int:
        """See `Held`."""
        return len(self._killed)

    async def wait(self) -> None:
        """See `Held`."""
        await trio.lowlevel.wait_readable(self._pidfd)
        if self.status is not None and os.WIFEXITED(self.status):
            check_entered(self._command, self._cgroup, os.WEXITSTATUS(self.status))

    async def wait_empty(self) -> None:
        """See `Held`. The kernel tells of it through no descriptor that epoll takes; the first look costs 10 us."""
        nap = _FIRST_NAP_S
        while not self.is_empty():
            await trio.sleep(nap)
            nap = min(nap * 2, _LONGEST_NAP_S)

    def is_empty(self) -> bool:
        """See `Held`. The first time after the end of the main process, which is mostly alone, the cgroup is
        removed: the kernel does that only when nothing lives in it, and nothing can enter it any more."""
        if self.status is None:
            return False
        if self._may_be_alone:
            self._may_be_alone = False
            account = self._take_account()
            if remove_leaf(self._cgroup):
                self._account = account
        return self._account is not None or is_empty(self._cgroup)

    def terminate(self) -> None:
        """See `Held`."""
        if self.status is None and list_untold([self.pid], self._told):
            self._signal_main(signal.SIGTERM)
        others = list_untold(sorted(self._list() - {self.pid}), self._told)
        for start in range(0, len(others), _AT_ONCE):
            self._terminate(others[start : start + _AT_ONCE])

    def _terminate(self, pids: Sequence[int]) -> None:
        """SIGTERM through pidfds of processes that are members after these were opened: a number alone may mean another
        process by then."""
        opened = {}
        for pid in pids:
            with suppress(OSError):
                opened[pid] = os.pidfd_open(pid)
        members = self._list()
        for pid, fd in opened.items():
            if pid in members:
                with suppress(OSError):
                    signal.pidfd_send_signal(fd, signal.SIGTERM)
            os.close(fd)

    def kill(self) -> None:
        """See `Held`."""
        self._killed |= self._list()
        if self.status is None:
            self._killed.add(self.pid)
            self._signal_main(signal.SIGKILL)
        kill_tree(self._cgroup)

    async def list_left(self) -> tuple[int, ...]:
        """See `Held`."""
        return tuple(sorted(self._list() | ({self.pid} if self.status is None else set())))

    async def close(self) -> tuple[Usage, str | None]:
        """See `Held`. A cgroup in which something is left stays, for the warden or the next start."""
        account = self._account
        if account is None:
            account = self._take_account()
            remove_tree(self._cgroup)
        os.close(self._pidfd)
        return account

    def _take_account(self) -> tuple[Usage, str | None]:
        """What it has used until now, and what a limit has done to it."""
        usage = Usage()
        if self._rusage is not None:
            usage = from_cgroup(
                self._cgroup,
                from_rusage(self._rusage),
                controllers=self._controllers,
                with_pressure=trio.current_time() - self._begun >= _PRESSURE_FROM_S,
            )
        remark = None if self._status == 0 else explain_limits(self._cgroup, self._command.confinement)
        return usage, remark

    def detach(self) -> bool:
        """See `Held`."""
        return False

    def _signal_main(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(self._pidfd, number)

    def _list(self) -> set[int]:
        return list_members(self._cgroup)
