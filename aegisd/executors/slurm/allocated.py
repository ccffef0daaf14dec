"""Jobs of a run as steps of one allocation: srun starts them there without another wait in the queue.

All that `attached.py` promises holds here. What differs is whose word counts: the controller keeps no record of a step
that has ended, so the allocation must still run after it, and the step must be gone from the list of those that are
there (`step_ends.py`).
"""

from collections.abc import Mapping

import trio
from attrs import evolve

from aegisd.core.executor_keys import SlurmKeys
from aegisd.core.job import EndKind, Health, JobEnd
from aegisd.executors.job import Job, JobGroup, Sink
from aegisd.executors.slurm.allocations import Allocation, Allocations, Furnishing
from aegisd.executors.slurm.attached import AttachedSlurm
from aegisd.executors.slurm.base import OpenJob, waited_too_long
from aegisd.executors.slurm.options import step_options
from aegisd.executors.slurm.records import Record
from aegisd.executors.slurm.step_ends import STEPS, decide_step_end, find_step
from aegisd.executors.waiting import wait_first


class AllocatedSlurm(AttachedSlurm):
    """See the module."""

    def __init__(self, *, name: str, keys: SlurmKeys, instance: str, environment: Mapping[str, str]) -> None:
        super().__init__(name=name, keys=keys, instance=instance, environment=environment)
        self._allocations = Allocations(
            keys=keys, client=self._client, poller=self._poller, furnishing=self._make_furnishing()
        )

    def _make_furnishing(self) -> Furnishing | None:
        """What allocations need: nothing, where all nodes see the files of this host."""
        return None

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Look at the controller, and hold the allocations of runs, until cancelled."""
        async with trio.open_nursery() as nursery:
            await nursery.start(super().run)
            await nursery.start(self._allocations.run)
            task_status.started()

    async def release(self, group: str) -> None:
        """Give the allocation back."""
        await self._allocations.release(group)

    def _describe(self, state: str, detail: str, nodes: dict[str, int]) -> Health:
        own = f"{len(self._open)} steps in {len(self._allocations)} allocations"
        running = sum(job.told for job in self._open.values())
        health = super()._describe(state, detail or own, nodes)
        return evolve(health, running=running, waiting=len(self._open) - running)

    async def _run(self, opened: OpenJob, job: Job, sink: Sink, deadline: float) -> JobEnd | None:
        """The step, once the allocation is there."""
        group = job.group or JobGroup(name=job.name.rsplit(".", 2)[0], asks=(job.resources,))
        allocation = self._allocations.join(group, opened.name)
        reason = await self._wait_ready(allocation, opened, sink, deadline)
        if allocation.refusal:
            return JobEnd(kind=EndKind.REJECTED, reason=allocation.refusal)
        if not allocation.ready.is_set():
            opened.verdict = waited_too_long(reason)
            return opened.verdict
        return await super()._run(opened, job, sink, deadline)

    async def _wait_ready(self, allocation: Allocation, opened: OpenJob, sink: Sink, deadline: float) -> str:
        """Until it is granted or refused, or it is too late; returns what it waited for last."""
        with trio.move_on_at(deadline):
            while not allocation.ready.is_set():
                record = self._allocations.record(allocation)
                is_waiting = record is not None and record.is_waiting
                reason = self._poller.failure or (record.reason if record and is_waiting else "") or "its turn"
                reason = "its files are copied to the node" if allocation.granted.is_set() else reason
                if reason != opened.reason:
                    opened.reason = reason
                    await sink.waiting(reason)
                await wait_first(allocation.ready.wait, self._poller.wait_turn)
        return opened.reason or "its turn"

    def _leave(self, opened: OpenJob) -> None:
        super()._leave(opened)
        self._allocations.part(opened.name)

    def _options(self, job: Job) -> tuple[str, ...]:
        return step_options(self.keys, job, self._number(job.name))

    def _number(self, user: str) -> str:
        """The number of the allocation that a job has joined."""
        allocation = self._allocations.of(user)
        return (allocation.id if allocation is not None else None) or ""

    def _record(self, opened: OpenJob) -> Record | None:
        """What the controller says of the step's allocation."""
        allocation = self._allocations.of(opened.name)
        return self._allocations.record(allocation) if allocation is not None else None

    async def _wait_on(
        self, opened: OpenJob, record: Record | None, process: trio.Process, sink: Sink, deadline: float
    ) -> None:
        """That the allocation runs says nothing of when the step does: the wrapper will."""
        del record, sink
        await trio.lowlevel.checkpoint()
        if trio.current_time() > deadline and opened.verdict is None:
            opened.verdict = JobEnd(kind=EndKind.REJECTED, reason="it waited in its allocation for too long")
            process.terminate()

    async def _wait_over(self, opened: OpenJob, *, cancel_after: float) -> Record | None:
        """What the controller says of the allocation once the step is gone from it; of one that is ending, once it has
        ended. The step is ended if that takes longer than `cancel_after` seconds."""
        begun = trio.current_time()
        while True:
            await self._poller.look()
            record = self._record(opened)
            if record is None or record.is_over:
                return record
            answer = await self._client.call("squeue", "-h", "-s", "-j", record.id, "-O", STEPS)
            step = find_step(answer.text, opened.name)
            if answer.is_good and step is None and record.state != "COMPLETING":
                return record
            if step is not None and trio.current_time() - begun >= cancel_after:
                await self._canceller.send(step, "-s", "KILL")
            await trio.sleep(0.1)

    def _decide(self, record: Record | None, *, told: int | None, status: int, begun: bool, complaint: str) -> JobEnd:
        return decide_step_end(record, told=told, status=status, begun=begun, complaint=complaint)

    async def _signal(self, opened: OpenJob, record: Record, name: str) -> None:
        answer = await self._client.call("squeue", "-h", "-s", "-j", record.id, "-O", STEPS)
        step = find_step(answer.text, opened.name)
        if step is not None:
            await self._canceller.send(step, "-s", name)
