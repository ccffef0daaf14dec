"""The allocations of runs: each asked for once, held by a process of this host, and given back for certain.

salloc runs a command here that lasts as long as aegisd holds its stdin open, and gives the allocation back when the
command ends. So it goes back by itself however aegisd ends, also while it is still in the queue: then as soon as it is
granted. The name of an allocation begins like those of all jobs of its executor and is known before salloc is started,
so that the next aegisd finds and ends what is left, also of a salloc whose answer was lost.

Why not `salloc --no-shell`: nobody would hold it, and the loss of this host would leave it to its time limit.
"""

import logging
import signal
import subprocess
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Protocol

import trio
from attrs import define, field

from aegisd.core.executor_keys import SlurmKeys
from aegisd.executors.job import JobGroup
from aegisd.executors.slurm.client import SlurmClient, clean, is_outage
from aegisd.executors.slurm.options import HELD, salloc_options
from aegisd.executors.slurm.poller import Poller
from aegisd.executors.slurm.records import Record
from aegisd.executors.waiting import wait_first

_log = logging.getLogger("aegisd.executors")

_ENDING_S = 5.0
_LAST_WORDS_S = 1.0
_LONGEST_TEXT = 16 * 1024


@define(eq=False, kw_only=True)
class Allocation:
    """An allocation from its request to its end. `stale` is the number of an earlier one of that name, `id` its own
    once it is granted. `ready`: its steps may run, or never will because of a `refusal`. `users` are the jobs that wait
    for it or run in it. `returned`: it is not wanted any more; `over`: nothing of it is left."""

    group: JobGroup
    name: str = ""
    stale: str | None = None
    id: str | None = None
    refusal: str = ""
    users: set[str] = field(factory=set)
    granted: trio.Event = field(factory=trio.Event)
    ready: trio.Event = field(factory=trio.Event)
    returned: trio.Event = field(factory=trio.Event)
    over: trio.Event = field(factory=trio.Event)


class Furnishing(Protocol):
    """What an allocation needs before steps can run in it."""

    async def open(self, allocation: Allocation) -> str:
        """Do it; returns why it cannot be done, or nothing. May be cancelled."""

    async def close(self, allocation: Allocation) -> None:
        """Undo it, also what was done by half. Bounds its own time."""


class Allocations:
    """See the module. Nothing is asked for before `run`."""

    def __init__(
        self, *, keys: SlurmKeys, client: SlurmClient, poller: Poller, furnishing: Furnishing | None = None
    ) -> None:
        self._furnishing = furnishing
        self._keys = keys
        self._client = client
        self._poller = poller
        self._numbers = count(1)
        self._current: dict[str, Allocation] = {}
        self._users: dict[str, Allocation] = {}
        self._all: set[Allocation] = set()
        self._send, self._receive = trio.open_memory_channel[Allocation](float("inf"))

    def __len__(self) -> int:
        """How many there are, or are asked for."""
        return len(self._all)

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Ask for allocations and hold them until cancelled; those that are there then are given back."""
        async with trio.open_nursery() as nursery:
            task_status.started()
            async for allocation in self._receive:
                nursery.start_soon(self._keep, allocation)

    def join(self, group: JobGroup, user: str) -> Allocation:
        """The allocation of the run, for one more of its jobs; it is asked for when there is none."""
        found = self._current.get(group.name)
        record = self.record(found) if found is not None else None
        if found is not None and record is not None and record.is_over:
            self._drop(found)
            found = None
        if found is None:
            found = Allocation(group=group)
            self._name(found)
            self._current[group.name] = found
            self._all.add(found)
            self._send.send_nowait(found)
        found.users.add(user)
        self._users[user] = found
        return found

    def of(self, user: str) -> Allocation | None:
        """The allocation that a job has joined."""
        return self._users.get(user)

    def part(self, user: str) -> None:
        """The job is over, or waits no more. What nobody waits for is not asked for any longer."""
        allocation = self._users.pop(user, None)
        if allocation is None:
            return
        allocation.users.discard(user)
        if not allocation.users and not allocation.ready.is_set():
            self._drop(allocation)

    async def release(self, group: str) -> None:
        """Give back all that the run has, and wait until the controller says so."""
        for allocation in [each for each in self._all if each.group.name == group]:
            self._drop(allocation)
            await allocation.over.wait()

    def record(self, allocation: Allocation) -> Record | None:
        """What the controller said of it in the last poll."""
        found = self._poller.records.get(allocation.name)
        return None if found is None or found.id == allocation.stale else found

    def _drop(self, allocation: Allocation) -> None:
        """From now on a job of the run gets another one."""
        if self._current.get(allocation.group.name) is allocation:
            del self._current[allocation.group.name]
        allocation.returned.set()

    def _name(self, allocation: Allocation) -> None:
        """Give it a name that nobody had in this life, and say that it is ours."""
        allocation.name = f"{allocation.group.name}.all.{next(self._numbers)}"
        known = self._poller.records.get(allocation.name)
        allocation.stale = known.id if known is not None else None
        self._poller.own([allocation.name])

    async def _keep(self, allocation: Allocation) -> None:
        while True:
            said = await self._hold(allocation)
            again = allocation.id is None and not allocation.returned.is_set() and is_outage(said)
            if not again:
                self._drop(allocation)
                allocation.refusal = allocation.refusal or said
                allocation.ready.set()
            await self._confirm(allocation)
            if not again:
                break
            await trio.sleep(1.0)
            self._poller.disown(allocation.name)
            self._name(allocation)  # a request that is taken up late is nobody's, and is ended
        self._poller.disown(allocation.name)
        self._all.discard(allocation)
        allocation.over.set()

    async def _hold(self, allocation: Allocation) -> str:
        """salloc from its start to its end; returns what it said when the allocation was not granted."""
        argv = [self._client.locate("salloc"), *salloc_options(self._keys, allocation.group, allocation.name)]
        try:
            with trio.CancelScope(shield=True):
                process = await trio.lowlevel.open_process(
                    argv,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=self._client.environment,
                    cwd="/",
                    start_new_session=True,
                )
        except OSError as error:
            return f"cannot run {argv[0]}: {error.strerror}"
        text = bytearray()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._serve, allocation, process)
                async with trio.open_nursery() as readers:
                    readers.start_soon(_read, process, text)
                    readers.start_soon(self._read_grant, allocation, process)
                    await process.wait()
                    readers.cancel_scope.deadline = trio.current_time() + _LAST_WORDS_S
                nursery.cancel_scope.cancel()
        finally:
            await _end(process)
        return clean(text.decode(errors="replace")) or f"salloc left with {process.returncode}"

    async def _read_grant(self, allocation: Allocation, process: trio.Process) -> None:
        """What the command says that salloc runs: the number of the allocation."""
        said = bytearray()
        while process.stdout is not None and (piece := await process.stdout.receive_some()):
            said += piece[: _LONGEST_TEXT - len(said)]
            words = said.decode(errors="replace").split()
            if allocation.id is None and words[:1] == [HELD] and len(words) == 2 and said.endswith(b"\n"):
                allocation.id = words[1]
                allocation.granted.set()

    async def _serve(self, allocation: Allocation, process: trio.Process) -> None:
        """Let steps in once it is granted, and give it back once that is asked for."""
        try:
            await wait_first(allocation.granted.wait, allocation.returned.wait)
            if allocation.id is None:  # a salloc that still waits does not look at its command
                process.terminate()
            elif self._furnishing is not None:
                await wait_first(partial(self._furnish, self._furnishing, allocation), allocation.returned.wait)
            allocation.ready.set()
            await allocation.returned.wait()
        finally:
            if allocation.id is not None and self._furnishing is not None:
                await self._furnishing.close(allocation)
        if process.stdin is not None:
            await process.stdin.aclose()
        await trio.sleep(_ENDING_S)
        process.kill()

    async def _furnish(self, furnishing: Furnishing, allocation: Allocation) -> None:
        allocation.refusal = await furnishing.open(allocation)
        if allocation.refusal:
            self._drop(allocation)

    async def _confirm(self, allocation: Allocation) -> None:
        """Until the controller says that it is over; takes as long as the controller does."""
        while True:
            await self._poller.look()
            record = self.record(allocation)
            if record is None or record.is_over:
                return
            if record.state != "COMPLETING":
                await self._client.call("scancel", "-Q", record.id)
            await trio.sleep(0.1)


async def _read(process: trio.Process, text: bytearray) -> None:
    """What salloc says; of more than fits, the last is kept."""
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        while process.stderr is not None and (piece := await process.stderr.receive_some()):
            text += piece
            del text[:-_LONGEST_TEXT]


async def _end(process: trio.Process) -> None:
    """Let go of a salloc that runs, and end it if it does not go."""
    with trio.CancelScope(shield=True):
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            if process.stdin is not None:
                await process.stdin.aclose()
            if number is not None:
                process.send_signal(number)
            with trio.move_on_after(_ENDING_S):
                await process.wait()
                break
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                await pipe.aclose()
