"""The executors that steps may name, and an attempt's way through one of them.

A step that names none does not come here. The events of a job are recorded as they happen; `step.submitted` is on disk
before anybody waits for the job, so that the next aegisd knows of it.
"""

import logging
import math
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

import trio
from attrs import define, evolve

from aegisd.core import events
from aegisd.core.confinement import UNCONFINED
from aegisd.core.events import EventData
from aegisd.core.job import EndKind
from aegisd.core.job_state import JobState
from aegisd.core.model import Step
from aegisd.core.placement import JobRef
from aegisd.engine.job_groups import list_groups
from aegisd.engine.order import RunOrder
from aegisd.engine.tokens import AttemptIdentity
from aegisd.executors.command import Command, SpawnError
from aegisd.executors.driving import PATIENCE_S, DrivenProcess, JobFaultError, drive
from aegisd.executors.job import Job, JobExecutor, JobGroup, name_job
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Emission, Recorder

_log = logging.getLogger("aegisd.executors")

_OF_THIS_HOST = ("AEGIS_SOCKET", "AEGIS_TOKEN")


@define(eq=False, kw_only=True)
class AttemptSink:
    """Where the news of one attempt's job go. `begin` is called with the seconds that it has run, once it runs; `taken`
    is when it was handed in (monotonic seconds)."""

    fd: int
    _tell: Callable[[EventData], Emission]
    _recorder: Recorder
    _executor: str
    _begin: Callable[[float], None]
    _taken: float
    _is_placed: bool = False
    _said: str = ""

    @property
    def offset(self) -> int:
        """The bytes in the log."""
        return os.fstat(self.fd).st_size

    async def waiting(self, reason: str) -> None:
        """Tell that it waits, once for each reason, unless it has been running."""
        if not self._is_placed and reason != self._said:
            self._said = reason
            await self._recorder.emit(self._tell(events.StepWaiting(executor=self._executor, reason=reason[:500])))

    async def running(self, nodes: str, *, since: float = 0.0) -> None:
        """Tell where it runs; its limit counts from here."""
        if self._is_placed:
            return
        self._is_placed = True
        self._begin(since)
        clock = self._recorder.clock
        waited = round(max(0.0, clock.monotonic() - self._taken - since), 6)
        placed = events.StepPlaced(
            executor=self._executor, nodes=nodes or "?", waited_s=waited, boottime_s=clock.boottime()
        )
        await self._recorder.emit(self._tell(placed))


class Places:
    """See the module. `instance` tells the jobs of this aegisd from all others; `executors` are those by name that are
    there now."""

    def __init__(self, *, recorder: Recorder, clock: Clock, instance: str) -> None:
        self._recorder = recorder
        self._clock = clock
        self._instance = instance
        self.executors: dict[str, JobExecutor] = {}
        self._owned: dict[str, set[str]] = {}
        self._groups: dict[int, dict[str, JobGroup]] = {}
        self._send, self._receive = trio.open_memory_channel[JobExecutor](math.inf)

    def add(self, executor: JobExecutor) -> None:
        """From now on steps may name it."""
        self.executors[executor.name] = executor
        self._send.send_nowait(executor)

    def adopt(self, ref: JobRef) -> None:
        """A run goes on that has this job: it is left alone. Before `run`."""
        self._owned.setdefault(ref.executor, set()).add(ref.name)

    @asynccontextmanager
    async def open_run(self, order: RunOrder) -> AsyncIterator[None]:
        """Around all attempts of a run. On leaving, executors get back what its jobs had in common; one that does not
        answer for long goes on with that by itself."""
        groups = list_groups(order, instance=self._instance)
        if groups:
            self._groups[order.run] = groups
        try:
            yield
        finally:
            for name, group in self._groups.pop(order.run, {}).items():
                if name in self.executors:
                    with trio.move_on_after(PATIENCE_S, shield=True) as giving:
                        await self.executors[name].release(group.name)
                    if giving.cancelled_caught:
                        _log.warning("executor %s has not confirmed the end of what run %d had there", name, order.run)

    def outlives(self, step: Step) -> bool:
        """Whether the jobs of `step` go on without aegisd."""
        executor = self.executors.get(step.executor or "")
        return executor is not None and executor.outlives

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Keep the executors going until cancelled. What is left of an earlier life and was not adopted is ended."""
        async with trio.open_nursery() as nursery:
            task_status.started()
            async for executor in self._receive:
                nursery.start_soon(self._keep, executor)

    @asynccontextmanager
    async def open_process(
        self,
        step: Step,
        command: Command,
        *,
        who: AttemptIdentity,
        hurry: trio.Event,
        scope: trio.CancelScope | None,
        limit: float | None,
        known: JobState | None,
    ) -> AsyncIterator[DrivenProcess]:
        """Carry out `command` where `step` says, or go on with the job that is `known`. The `limit` of `scope` counts
        from when the job runs. Raises JobFaultError."""
        executor = self._find(step, command)
        name = name_job(self._instance, executor.name, run=who.run, index=who.index, attempt=who.attempt)
        job = Job(
            name=name,
            command=evolve(command, env=_fit(command.env, executor.name)),
            group=self._groups.get(who.run, {}).get(executor.name),
            keeps=(*step.artifacts, *step.reports),
            resources=step.resources,
            limit=limit,
            queue_timeout=step.queue_timeout,
            hurry=hurry,
        )
        tell = partial(self._emission, who)

        def begin(since: float) -> None:
            if limit is not None and scope is not None:
                scope.deadline = trio.current_time() + max(0.0, limit - since)

        async def keep(ref: JobRef) -> None:
            data = events.StepSubmitted(executor=ref.executor, job=ref.name, job_id=ref.id, outlives=ref.outlives)
            await self._recorder.record(tell(data))

        placed = known.placed if known is not None else None
        if placed is not None:
            begin(self._clock.since(placed))
        sink = AttemptSink(
            fd=command.output_fd,
            tell=tell,
            recorder=self._recorder,
            executor=executor.name,
            begin=begin,
            taken=self._clock.monotonic(),
            is_placed=placed is not None,
        )
        adopted = known.ref if known is not None else None
        async with drive(executor, job, sink=sink, keep=keep, adopted=adopted) as process:
            yield process

    def _find(self, step: Step, command: Command) -> JobExecutor:
        executor = self.executors.get(step.executor or "")
        if executor is None:
            message = f'the executor "{step.executor}" is not there: it was added after aegisd started, or taken out'
            raise JobFaultError(EndKind.REJECTED, message)
        if command.confinement != UNCONFINED and not executor.confines:
            message = f"the executor {executor.name} keeps no limits and opens no sandbox: ask for `resources`"
            raise SpawnError(message)
        return executor

    async def _keep(self, executor: JobExecutor) -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(executor.run)
            found = await executor.recover(frozenset(self._owned.pop(executor.name, ())))
            for verdict in ("adopt", "reaped"):
                count = sum(each == verdict for _, each in found)
                if count:
                    what = "took over" if verdict == "adopt" else "ended"
                    _log.warning("executor %s: %s %d jobs of an earlier aegisd", executor.name, what, count)

    def _emission(self, who: AttemptIdentity, data: EventData) -> Emission:
        return Emission(
            data=data,
            time=self._clock.now(),
            workflow=who.workflow,
            run=who.run,
            step=who.step,
            index=who.index,
            attempt=who.attempt,
            phase=who.phase,
        )


def _fit(env: Mapping[str, str], executor: str) -> dict[str, str]:
    """The environment of a job: the control socket of this host and its token are not for others."""
    kept = {name: value for name, value in env.items() if name not in _OF_THIS_HOST}
    return {**kept, "AEGIS_EXECUTOR": executor}
