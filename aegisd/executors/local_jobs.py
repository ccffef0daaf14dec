"""The host itself as an executor like any other: a bounded number of steps at once, the others wait for a slot.

The processes themselves are the business of the executor behind it, so that containment and sandboxes are the same with
slots and without. A step that names no executor, on a host that sets no slots, does not come this way.
"""

from collections.abc import Collection, Sequence

import trio
from attrs import define, evolve, field

from aegisd.core.confinement import Receipt
from aegisd.core.executor_keys import LocalKeys
from aegisd.core.job import EndKind, Health, JobEnd
from aegisd.core.placement import HERE, JobRef
from aegisd.executors.command import SpawnError
from aegisd.executors.confined import Executor
from aegisd.executors.job import Job, Sink, Verdict
from aegisd.executors.local import LocalProcess


@define(eq=False)
class _Open:
    """A job between its start and its end. `scope` is around its process, `streamed` says that somebody is in it."""

    scope: trio.CancelScope = field(factory=trio.CancelScope)
    ended: trio.Event = field(factory=trio.Event)
    end: JobEnd | None = None
    streamed: bool = False


class LocalJobs:
    """See the module. `inner` starts processes and gives them its own grace."""

    outlives = False
    confines = True
    silence = None

    def __init__(self, *, inner: Executor, keys: LocalKeys, grace: float, name: str = HERE) -> None:
        self.name = name
        self.grace = grace
        self.keys = keys
        self._inner = inner
        self._slots = trio.CapacityLimiter(keys.slots)
        self._open: dict[str, _Open] = {}
        self._last_error: str | None = None

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Nothing happens in the background."""
        task_status.started()
        await trio.sleep_forever()

    async def start(self, job: Job) -> JobRef:
        """The job takes its turn when it is streamed."""
        await trio.lowlevel.checkpoint()
        self._open[job.name] = _Open()
        return JobRef(executor=self.name, name=job.name)

    async def stream(self, ref: JobRef, job: Job, sink: Sink) -> JobEnd:
        """Wait for a slot, run the command, tell how it ended. The process writes into the sink's file itself, and
        ends when this call is cancelled."""
        known = self._open.get(ref.name)
        if known is None:
            return JobEnd(kind=EndKind.LOST, reason="it ended with the aegisd that had started it")
        known.streamed = True
        try:
            with known.scope:
                await self._run(job, sink, known)
        except SpawnError as error:
            self._last_error = str(error)
            known.end = JobEnd(kind=EndKind.REJECTED, reason=str(error))
        finally:
            known.ended.set()
        del self._open[ref.name]
        return _cancelled(known.end) if known.scope.cancelled_caught or known.end is None else known.end

    async def cancel(self, ref: JobRef, *, grace: float, hurry: trio.Event) -> JobEnd:
        """End it; the grace is that of the executor behind, and what cuts it short is the job's own `hurry`."""
        del grace, hurry
        await trio.lowlevel.checkpoint()
        known = self._open.pop(ref.name, None)
        if known is None:
            return _cancelled(None)
        if known.streamed:
            self._open[ref.name] = known
            known.scope.cancel()
            await known.ended.wait()
            self._open.pop(ref.name, None)
        return _cancelled(known.end)

    async def release(self, group: str) -> None:
        """Jobs of a run have nothing in common here."""
        del group
        await trio.lowlevel.checkpoint()

    async def recover(self, owned: Collection[str]) -> Sequence[tuple[str, Verdict]]:
        """Containment has ended all of an earlier life before this one begins."""
        del owned
        await trio.lowlevel.checkpoint()
        return []

    async def health(self) -> Health:
        """Always up."""
        await trio.lowlevel.checkpoint()
        seen = self._slots.statistics()
        return Health(
            state="up",
            detail=f"{seen.borrowed_tokens} of {self.keys.slots} slots in use",
            nodes={},
            waiting=seen.tasks_waiting,
            running=seen.borrowed_tokens,
            last_error=self._last_error,
        )

    async def _run(self, job: Job, sink: Sink, known: _Open) -> None:
        if self._slots.available_tokens < 1:
            await sink.waiting(f"all {self.keys.slots} slots of this host are in use")
        wait = job.queue_timeout or self.keys.queue_timeout
        with trio.move_on_after(wait) as waiting:
            await self._slots.acquire_on_behalf_of(known)
        if waiting.cancelled_caught:
            known.end = JobEnd(kind=EndKind.REJECTED, reason=f"no slot was free for {wait:g} s")
            return
        process = None
        try:
            async with self._inner.open_process(job.command, hurry=job.hurry) as process:
                await sink.running("this host")
                await process.wait()
        finally:
            self._slots.release_on_behalf_of(known)
            if process is not None:
                known.end = _tell(process)


def _tell(process: LocalProcess) -> JobEnd:
    kind = EndKind.EXITED if process.signal is None else EndKind.SIGNALED
    return JobEnd(
        kind=kind,
        code=process.exit_code,
        signal=process.signal,
        receipt=process.receipt,
        usage=process.usage,
        remark=process.remark,
    )


def _cancelled(end: JobEnd | None) -> JobEnd:
    """`end`, which was brought about."""
    known = end or JobEnd(kind=EndKind.CANCELLED, receipt=Receipt(strategy=HERE))
    return evolve(known, kind=EndKind.CANCELLED, reason="by aegis")
