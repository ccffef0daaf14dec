"""Takes an attempt through the calls of an executor, as a block that a step type opens: the program runs inside it, and
leaving it ends whatever still runs.

The order is the promise: the handle is on disk before the job is watched, and no attempt is over before the engine has
said that its job is.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio
from attrs import define, evolve

from aegisd.core.confinement import Receipt, Usage
from aegisd.core.job import EndKind, JobEnd
from aegisd.core.placement import JobRef
from aegisd.executors.command import SpawnError
from aegisd.executors.job import Job, JobExecutor, JobRefusedError, JobUnclearError, Sink

PATIENCE_S = 60.0
"""How much longer than its grace ending a job may take before aegisd goes on without an answer."""

_PROGRAM = frozenset({EndKind.EXITED, EndKind.SIGNALED})


class JobFaultError(SpawnError):
    """The infrastructure failed, not the program: `kind` says how."""

    def __init__(self, kind: EndKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@define(eq=False)
class DrivenProcess:
    """A job as a step type sees it; the same fields as a `LocalProcess`."""

    _watch: Callable[[], Awaitable[JobEnd]]
    end: JobEnd | None = None
    exit_code: int | None = None
    signal: str | None = None
    receipt: Receipt | None = None
    usage: Usage | None = None
    remark: str | None = None
    is_left: bool = False

    async def wait(self) -> None:
        """Until the job has ended. Raises JobFaultError when that was not the program's doing."""
        self.settle(await self._watch())
        if self.end is not None and self.end.kind not in _PROGRAM:
            raise JobFaultError(self.end.kind, explain_end(self.end))

    def leave(self) -> None:
        """Let it go on without aegisd, where it can."""
        self.is_left = True

    def settle(self, end: JobEnd) -> None:
        """Take down how it ended."""
        self.end = end
        self.exit_code, self.signal = end.code, end.signal
        self.receipt, self.usage, self.remark = end.receipt, end.usage, end.remark


@asynccontextmanager
async def drive(
    executor: JobExecutor,
    job: Job,
    *,
    sink: Sink,
    keep: Callable[[JobRef], Awaitable[None]],
    adopted: JobRef | None = None,
) -> AsyncIterator[DrivenProcess]:
    """Carry `job` out, or go on with the one that was `adopted`. `keep` returns once the handle is on disk.

    Raises JobFaultError for a job that is not taken, and on leaving the block for one that may still be there.
    """
    ref = JobRef(executor=executor.name, name=job.name, outlives=executor.outlives)
    process: DrivenProcess | None = None
    try:
        if adopted is not None:
            ref = adopted
        else:
            ref = await _start(executor, evolve(job, tell=sink.waiting))
            await keep(ref)
        process = DrivenProcess(lambda: executor.stream(ref, job, sink))
        yield process
    except JobFaultError as error:
        if error.kind is EndKind.REJECTED and process is None:
            raise
        await _end(executor, ref, process, job.hurry)
        raise
    except BaseException:
        await _end(executor, ref, process, job.hurry)
        raise
    await _end(executor, ref, process, job.hurry)


async def _start(executor: JobExecutor, job: Job) -> JobRef:
    try:
        return await executor.start(job)
    except JobUnclearError as error:
        raise JobFaultError(EndKind.UNCONFIRMED, str(error)) from error
    except (JobRefusedError, SpawnError) as error:
        raise JobFaultError(EndKind.REJECTED, str(error)) from error


async def _end(executor: JobExecutor, ref: JobRef, process: DrivenProcess | None, hurry: trio.Event) -> None:
    """End what may still run. What ended by itself has ended already, and what was left goes on."""
    if process is not None and process.is_left and ref.outlives:
        return
    if process is not None and process.end is not None and process.end.kind is not EndKind.UNCONFIRMED:
        return
    begun = trio.current_time()
    grace = 0.0 if hurry.is_set() else executor.grace
    end = JobEnd(kind=EndKind.UNCONFIRMED, reason=f"{ref.executor} does not say whether {ref.name} has ended")
    with trio.move_on_after(grace + PATIENCE_S, shield=True):
        end = await executor.cancel(ref, grace=grace, hurry=hurry)
    took = round(trio.current_time() - begun, 6)
    is_gone = end.kind is not EndKind.UNCONFIRMED
    receipt = end.receipt or Receipt(strategy=ref.executor, took_s=took, empty=is_gone)
    if process is not None:
        process.settle(evolve(process.end or end, receipt=receipt))


def explain_end(end: JobEnd) -> str:
    """`lost: node failure on n1`."""
    return f"{end.kind.value}: {end.reason}" if end.reason else end.kind.value
