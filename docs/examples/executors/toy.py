"""An executor in one file: it runs steps as plain processes of this host and forgets them when it ends.

It is no good for work: a process that leaves its group gets away. It shows the whole interface and passes the suite
that every executor must pass.
"""

import os
import signal
import subprocess
from collections.abc import Collection, Sequence

import trio

from aegisd.core.job import EndKind, Health, JobEnd
from aegisd.core.placement import JobRef
from aegisd.executors.job import Job, JobRefusedError, Sink, Verdict


class ToyExecutor:
    """See the module. It has room for `room` jobs; one more waits."""

    outlives = False
    confines = False
    silence = None
    grace = 2.0

    def __init__(self, *, name: str = "toy", room: int = 8) -> None:
        self.name = name
        self.room = trio.CapacityLimiter(room)
        self._waiting: dict[str, Job] = {}
        self._running: dict[str, trio.Process] = {}

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """There is nothing to look after."""
        task_status.started()
        await trio.sleep_forever()

    async def start(self, job: Job) -> JobRef:
        """Refuse what cannot be; everything else takes its turn in `stream`."""
        await trio.lowlevel.checkpoint()
        if not os.path.isdir(job.command.dir):  # noqa: ASYNC240, PTH112 - of this host: quick
            message = f"the directory {job.command.dir} is not there"
            raise JobRefusedError(message)
        self._waiting[job.name] = job
        return JobRef(executor=self.name, name=job.name)

    async def stream(self, ref: JobRef, job: Job, sink: Sink) -> JobEnd:
        """Wait for room, run the program, tell how it ended."""
        if ref.name not in self._waiting:
            return JobEnd(kind=EndKind.LOST, reason="this executor does not know the job")
        if self.room.available_tokens < 1:
            await sink.waiting("no room")
        with trio.move_on_after(job.queue_timeout or 60) as waiting:
            await self.room.acquire_on_behalf_of(ref)
        if waiting.cancelled_caught:
            return JobEnd(kind=EndKind.REJECTED, reason="there was no room for too long")
        try:
            return await self._carry_out(job, sink)
        finally:
            self.room.release_on_behalf_of(ref)

    async def cancel(self, ref: JobRef, *, grace: float, hurry: trio.Event) -> JobEnd:
        """SIGTERM to the group, the grace, SIGKILL; an unknown job has ended already."""
        self._waiting.pop(ref.name, None)
        process = self._running.pop(ref.name, None)
        if process is not None:
            _signal(process, signal.SIGTERM)
            with trio.move_on_after(0 if hurry.is_set() else grace):
                await process.wait()
            _signal(process, signal.SIGKILL)
            await process.wait()
        await trio.lowlevel.checkpoint()
        return JobEnd(kind=EndKind.CANCELLED, reason="by aegis")

    async def release(self, group: str) -> None:
        """Jobs of a run have nothing in common here."""
        del group
        await trio.lowlevel.checkpoint()

    async def recover(self, owned: Collection[str]) -> Sequence[tuple[str, Verdict]]:
        """Its jobs end with it, so there is nothing to find."""
        del owned
        await trio.lowlevel.checkpoint()
        return []

    async def health(self) -> Health:
        """Always up."""
        await trio.lowlevel.checkpoint()
        return Health(state="up", nodes={}, waiting=len(self._waiting), running=len(self._running))

    async def _carry_out(self, job: Job, sink: Sink) -> JobEnd:
        del self._waiting[job.name]
        command = job.command
        try:
            process = await trio.lowlevel.open_process(
                command.argv,
                env=command.env,
                cwd=command.dir,
                stdin=subprocess.DEVNULL,
                stdout=sink.fd,
                stderr=sink.fd,
                start_new_session=True,
            )
        except OSError as error:
            return JobEnd(kind=EndKind.REJECTED, reason=f"cannot start {command.argv[0]}: {error.strerror}")
        self._running[job.name] = process
        await sink.running("this host")
        code = await process.wait()
        _signal(process, signal.SIGKILL)
        del self._running[job.name]
        if code < 0:
            return JobEnd(kind=EndKind.SIGNALED, signal=signal.Signals(-code).name)
        return JobEnd(kind=EndKind.EXITED, code=code)


def _signal(process: trio.Process, number: signal.Signals) -> None:
    """Tell all of the group, as far as it is there."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
