"""What both ways of running a job under Slurm share: a place among those that may be there at once, the pace of
submissions, the wait for the controller, and how the executor is."""

import math
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import trio
from attrs import define, field

from aegisd.core.executor_keys import SlurmKeys
from aegisd.core.job import EndKind, Health, JobEnd, Silence
from aegisd.executors.job import Job, JobRefusedError, Sink, Verdict, is_named_by
from aegisd.executors.slurm.canceller import Canceller
from aegisd.executors.slurm.client import SlurmClient, was_sent
from aegisd.executors.slurm.poller import Poller
from aegisd.executors.slurm.records import Record

_HEALTH_S = 8.0
_SETTLE_S = 2.0
_CANCEL_AGAIN_S = 1.0
_FLAGS = "*~#!%$@^- "  # of sinfo(1), behind the state of a node


@define(eq=False, kw_only=True)
class OpenJob:
    """A job between its start and its end. `stale` is the number of an earlier job of the same name, which says nothing
    of this one; `id` its own once it is known. `begun`: it was seen to run; `begun_at` is the number of the poll by
    then, and `started` when the controller said that it began. `verdict` is how it ends whatever Slurm says later: it
    was taken back from the queue, or the controller has forgotten that it ran."""

    name: str
    stale: str | None = None
    id: str | None = None
    begun: bool = False
    begun_at: int = 0
    started: str | None = None
    told: bool = False
    reason: str | None = None
    verdict: JobEnd | None = None
    process: trio.Process | None = None
    sink: Sink | None = None
    offset: int = 0
    has_slot: bool = True
    stderr: bytearray = field(factory=bytearray)


class SlurmBase:
    """See the module. `instance` tells the jobs of this aegisd from all others; `client` calls Slurm's commands."""

    confines = False

    def __init__(
        self,
        *,
        name: str,
        keys: SlurmKeys,
        instance: str,
        environment: Mapping[str, str],
        client: SlurmClient | None = None,
    ) -> None:
        self.name = name
        self.keys = keys
        self.grace = keys.grace
        self._client = client or SlurmClient(keys, environment=environment)
        self._poller = Poller(self._client, is_ours=lambda job: is_named_by(job, instance, name))
        self._canceller = Canceller(self._client)
        self._slots = trio.CapacityLimiter(keys.max_running)
        self._next = 0.0
        self._open: dict[str, OpenJob] = {}

    @property
    def keeps(self) -> bool:
        """Whether jobs of an earlier life are left alone."""
        return False

    @property
    def silence(self) -> Silence | None:
        """How long the controller has not answered."""
        since = self._poller.failing_since
        if self._poller.failure is None or since is None:
            return None
        return Silence(seconds=trio.current_time() - since, reason=self._poller.failure)

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Look at the controller until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._canceller.run)
            await self._poller.run(task_status=task_status)

    async def release(self, group: str) -> None:
        """Each job has nodes of its own."""
        del group
        await trio.lowlevel.checkpoint()

    async def recover(self, owned: Collection[str]) -> Sequence[tuple[str, Verdict]]:
        """See the interface. Waits for the controller as long as it takes."""
        kept = frozenset(owned) if self.keeps else frozenset()
        self._poller.own(kept)
        await self._poller.look()
        self._poller.may_reap = True
        found = {name: record for name, record in self._poller.records.items() if not record.is_over}
        await self._poller.wait_swept()
        while self._poller.orphans():
            await self._poller.look()
        return [(name, "adopt" if name in kept else "reaped") for name in found if name not in self._open]

    async def health(self) -> Health:
        """How the controller and its nodes are."""
        with trio.move_on_after(_HEALTH_S):
            answer = await self._client.call("sinfo", "-h", "-N", "-o", "%N %T")
            if not answer.is_good:
                return self._describe("down", answer.error, {})
            states = dict(line.split(" ", 1) for line in answer.text.splitlines() if " " in line)
            nodes: dict[str, int] = {}
            for state in states.values():
                word = state.rstrip(_FLAGS).lower()
                nodes[word] = nodes.get(word, 0) + 1
            return self._describe("up", "", nodes)
        return self._describe("down", f"no answer in {_HEALTH_S:g} s", {})

    def _describe(self, state: str, detail: str, nodes: dict[str, int]) -> Health:
        own = [self._poller.records.get(job.name) for job in self._open.values()]
        running = sum(record is not None and record.state == "RUNNING" for record in own)
        return Health(
            state=state,
            detail=detail or f"{self.keys.mode.value}, {len(self._open)} of {self.keys.max_running} jobs",
            nodes=nodes,
            waiting=len(self._open) - running,
            running=running,
            last_error=self._poller.last_error,
        )

    async def _enter(self, job: Job) -> OpenJob:
        """A place for `job`, once nothing of an earlier life is left and it is its turn. Raises JobRefusedError."""
        if any("\0" in text or "\n" in text for text in (job.name, job.command.dir)):
            message = "a line break in a directory cannot be handed to Slurm"
            raise JobRefusedError(message)
        opened = OpenJob(name=job.name)
        with trio.move_on_after(self._longest_wait(job)) as waiting:
            while not self._poller.is_swept:
                with trio.move_on_after(1.0):
                    await self._poller.wait_swept()
                if self._poller.failure is not None:
                    await job.tell(self._say_wait(None))
                elif self._poller.orphans():
                    await job.tell("jobs of an earlier aegisd are still ending")
            if self._slots.available_tokens < 1:
                await job.tell(f"{self.keys.max_running} jobs are there (max_running)")
            await self._slots.acquire_on_behalf_of(opened)
            try:
                await self._take_turn()
            except BaseException:
                self._slots.release_on_behalf_of(opened)
                raise
        if waiting.cancelled_caught:
            said = self._poller.failure or f"{len(self._open)} of {self.keys.max_running} jobs are there (max_running)"
            if self._poller.orphans():
                said = "jobs of an earlier aegisd are still ending"
            message = f"not handed in for {self._longest_wait(job):g} s: {said}"
            raise JobRefusedError(message)
        known = self._poller.records.get(job.name)
        opened.stale = known.id if known is not None else None
        self._open[job.name] = opened
        self._poller.own([job.name])
        return opened

    def _leave(self, opened: OpenJob) -> None:
        """Let go of its place. From now on whatever is left of it is an orphan."""
        if self._open.pop(opened.name, None) is None:
            return
        self._poller.disown(opened.name)
        if opened.has_slot:
            self._slots.release_on_behalf_of(opened)

    def _longest_wait(self, job: Job) -> float:
        return job.queue_timeout or self.keys.queue_timeout

    def _record(self, opened: OpenJob) -> Record | None:
        """What the controller says of the job as of the last poll."""
        record = self._poller.records.get(opened.name)
        if record is None or record.id == opened.stale:
            return None
        opened.id = record.id
        if opened.verdict is None and self._has_relapsed(opened, record):
            reason = f"the controller began it a second time, or is about to: {record.state}"
            opened.verdict = JobEnd(kind=EndKind.LOST, reason=reason)
        return record

    def _has_relapsed(self, opened: OpenJob, record: Record) -> bool:
        """Whether the controller says of a job that has begun that it has not, or that it began later. A controller
        that was killed knows what it had saved some seconds before; one that is told to requeues jobs."""
        if record.is_queued:
            return opened.begun and self._poller.good > opened.begun_at
        if record.state == "RUNNING" and opened.started is None:
            opened.started = record.started
        return opened.started is not None and record.started != opened.started

    async def _tell_place(self, opened: OpenJob, sink: Sink, nodes: str) -> None:
        """Tell, once, that it runs."""
        if not opened.begun:
            opened.begun, opened.begun_at = True, self._poller.begun
        if not opened.told:
            opened.told = True
            await sink.running(nodes)

    def _say_wait(self, record: Record | None) -> str:
        """What a job waits for."""
        if self._poller.failure is not None:
            return f"the controller does not answer: {self._poller.failure}"
        return (record.reason if record is not None else "") or "its turn"

    async def _wait_answer(self, job: Job, tell: Callable[[str], Awaitable[None]], deadline: float) -> None:
        """Until the controller answers. Raises JobRefusedError at the deadline."""
        if self._poller.failure is None:
            return
        await tell(self._say_wait(None))
        with trio.move_on_at(deadline) as waiting:
            await self._poller.look()
        if waiting.cancelled_caught:
            said = f"the controller has not answered for {self._longest_wait(job):g} s: {self._poller.failure}"
            raise JobRefusedError(said)

    async def _settle(self, said: str, tell: Callable[[str], Awaitable[None]]) -> None:
        """Until a job that was handed in while the controller did not answer, as `said` tells, would show: a controller
        that hung takes up then what it was asked meanwhile."""
        await tell(f"the controller does not answer: {said}")
        await self._poller.look()
        if was_sent(said):
            await trio.sleep(_SETTLE_S)
            await self._poller.look()

    async def _wait_over(self, opened: OpenJob, *, cancel_after: float) -> Record | None:
        """What the controller says of the job once it has ended there; it is cancelled if that takes longer than
        `cancel_after` seconds. Lasts as long as the controller takes."""
        begun, sent = trio.current_time(), -math.inf
        while True:
            await self._poller.look()
            record = self._record(opened)
            if record is None or record.is_over:
                return record
            now = trio.current_time()
            is_due = opened.verdict is not None or now - begun >= cancel_after
            if is_due and now - sent >= _CANCEL_AGAIN_S and record.state != "COMPLETING":
                if cancel_after > 0 and opened.verdict is None:
                    opened.verdict = JobEnd(kind=EndKind.LOST, reason=f"srun left it, and Slurm said {record.state}")
                await self._canceller.send(record.id)
                sent = now
            await trio.sleep(0.1)

    async def _take_turn(self) -> None:
        """Keep to `submit_rate`."""
        now = trio.current_time()
        self._next = max(now, self._next) + 1 / self.keys.submit_rate
        await trio.sleep(self._next - 1 / self.keys.submit_rate - now)


def waited_too_long(reason: str) -> JobEnd:
    """The end of a job that was taken back from the queue, where it waited for `reason`."""
    return JobEnd(kind=EndKind.REJECTED, reason=f"it waited in the queue for too long: {reason}")
