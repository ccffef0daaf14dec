"""Jobs under srun: output comes as it is written, no shared disk is needed for it, and jobs end with aegisd.

srun's stdout is the attempt's log itself. Its stderr has what srun says and what the wrapper says, which is how the
exit code comes (`options.py`). When srun has ended, the controller is asked before anything is believed; when the
controller says that the job is over and srun does not notice, srun is ended.
"""

import math
import os
import signal
import subprocess
from contextlib import suppress

import trio
from attrs import evolve

from aegisd.core.job import EndKind, JobEnd
from aegisd.core.placement import JobRef
from aegisd.executors.command import SpawnError
from aegisd.executors.job import Job, JobRefusedError, Sink
from aegisd.executors.slurm.base import OpenJob, SlurmBase, waited_too_long
from aegisd.executors.slurm.client import clean, is_outage
from aegisd.executors.slurm.options import BEGUN, MARK, read_code, srun_options
from aegisd.executors.slurm.records import Record, decide_end, name_code
from aegisd.executors.waiting import wait_first

_STILL_RUNNING_S = 5.0
_UNANSWERED_S = 10.0
_LONGEST_STDERR = 64 * 1024


class AttachedSlurm(SlurmBase):
    """See the module."""

    outlives = False
    hung_s = 10.0
    """Seconds that srun has to notice that its job is over, before it is ended and once more before it is killed."""

    async def start(self, job: Job) -> JobRef:
        """A place for the job. srun is started by `stream`, which knows where the output goes."""
        await self._enter(job)
        return JobRef(executor=self.name, name=job.name)

    async def stream(self, ref: JobRef, job: Job, sink: Sink) -> JobEnd:
        """srun from its start to the controller's word on the job."""
        opened = self._open.get(ref.name)
        if opened is None:
            return JobEnd(kind=EndKind.LOST, reason="it ended with the aegisd that had started it")
        deadline = trio.current_time() + self._longest_wait(job)
        while True:
            try:
                await self._wait_answer(job, sink.waiting, deadline)
            except JobRefusedError as error:
                self._leave(opened)
                return JobEnd(kind=EndKind.REJECTED, reason=str(error))
            end = await self._run(opened, job, sink, deadline)
            if end is not None:
                if end.kind is not EndKind.UNCONFIRMED:  # `cancel` follows
                    self._leave(opened)
                return end
            opened.process, opened.stderr = None, bytearray()

    async def cancel(self, ref: JobRef, *, grace: float, hurry: trio.Event) -> JobEnd:
        """SIGTERM to the step, the grace, SIGKILL, and the controller's word that the job is over."""
        opened = self._open.get(ref.name)
        await trio.lowlevel.checkpoint()
        end = JobEnd(kind=EndKind.CANCELLED, reason="by aegis")
        if opened is None:
            return end
        try:
            if opened.process is not None:
                await self._end(opened, opened.process, grace=grace, hurry=hurry)
        finally:
            if opened.process is not None and opened.process.returncode is None:
                _kill_all(opened.process)
            self._leave(opened)
        told = read_code(opened.stderr.decode(errors="replace"), opened.name)
        return evolve(end, signal=name_code(told).signal) if told is not None else end

    async def _run(self, opened: OpenJob, job: Job, sink: Sink, deadline: float) -> JobEnd | None:
        """One srun. None if the controller did not answer it, and has no job of it any more."""
        process = opened.process = await self._spawn(job, sink)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow, opened, process, sink, deadline)
            await self._read(opened, process, sink)
            status = await process.wait()
            nursery.cancel_scope.cancel()
        said = _read_complaint(opened)
        if opened.begun or opened.verdict is not None or not is_outage(said):
            return await self._judge(opened, status, sink)
        with trio.move_on_at(deadline):
            await self._settle(said, sink.waiting)
            record = await self._wait_over(opened, cancel_after=0.0)
            opened.stale = record.id if record is not None else opened.stale
            return None
        return JobEnd(kind=EndKind.UNCONFIRMED, reason=f"it is not known whether it was taken: {said}")

    def _options(self, job: Job) -> tuple[str, ...]:
        """What srun is told."""
        return srun_options(self.keys, job)

    async def _spawn(self, job: Job, sink: Sink) -> trio.Process:
        argv = [self._client.locate("srun"), *self._options(job)]
        with trio.CancelScope(shield=True):
            try:
                process = await trio.lowlevel.open_process(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=sink.fd,
                    stderr=subprocess.PIPE,
                    env=self._client.make_environment(job),
                    cwd="/",
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                message = f"cannot start {argv[0]}: {error}"
                raise SpawnError(message) from error
        return process

    async def _read(self, opened: OpenJob, process: trio.Process, sink: Sink) -> None:
        """What srun and the wrapper say, to its end. Of more than fits, the last is kept."""
        if process.stderr is None:
            return
        async for piece in process.stderr:
            opened.stderr += piece
            del opened.stderr[:-_LONGEST_STDERR]
            node = None if opened.told else _read_node(opened)
            if node is not None:
                await self._tell_place(opened, sink, node)
        await process.stderr.aclose()

    async def _follow(self, opened: OpenJob, process: trio.Process, sink: Sink, deadline: float) -> None:
        """What the controller says while srun runs: where it waits, that it waits too long, that srun hangs."""
        over: float | None = None
        while True:
            await self._poller.wait_turn()
            record = self._record(opened)
            if record is not None and record.is_over:
                over = over or trio.current_time()
                if trio.current_time() - over > self.hung_s:
                    process.terminate()
                if trio.current_time() - over > 2 * self.hung_s:
                    _kill_all(process)
            elif opened.verdict is not None and opened.begun:
                process.terminate()
            elif not opened.told:
                await self._wait_on(opened, record, process, sink, deadline)

    async def _wait_on(
        self, opened: OpenJob, record: Record | None, process: trio.Process, sink: Sink, deadline: float
    ) -> None:
        if record is not None and not record.is_waiting and record.state == "RUNNING":
            await self._tell_place(opened, sink, record.nodes)
            return
        reason = self._say_wait(record)
        if trio.current_time() > deadline and opened.verdict is None and self._poller.failure is None:
            opened.verdict = waited_too_long(reason)
            process.terminate()
        elif reason != opened.reason:
            opened.reason = reason
            await sink.waiting(reason)

    async def _judge(self, opened: OpenJob, status: int, sink: Sink) -> JobEnd:
        """How it ended. A success needs srun's exit status, the wrapper's word and the controller's state, unless the
        controller does not answer: then the first two, and what it still believes to run is cancelled later."""
        text = opened.stderr.decode(errors="replace")
        told = read_code(text, opened.name)
        told = told if told == status else None
        complaint = _read_complaint(opened)
        record: Record | None = None
        patience = max(1.0, _UNANSWERED_S - (self.silence.seconds if self.silence is not None else 0.0))
        with trio.move_on_after(patience if told is not None else math.inf) as asking:
            record = await self._wait_over(opened, cancel_after=_STILL_RUNNING_S)
        if record is not None and record.is_over and record.nodes:
            await self._tell_place(opened, sink, record.nodes)
        if opened.verdict is not None:
            return opened.verdict if told is None else name_code(told)
        return self._decide(
            record, told=told, status=status, begun=opened.begun or asking.cancelled_caught, complaint=complaint
        )

    def _decide(self, record: Record | None, *, told: int | None, status: int, begun: bool, complaint: str) -> JobEnd:
        """What the witnesses say together."""
        del status
        return decide_end(record, told=told, seen=begun, complaint=complaint)

    async def _signal(self, opened: OpenJob, record: Record, name: str) -> None:
        """Send the step a signal. A job as a whole passes SIGTERM on, and would end with SIGKILL in its own time."""
        del opened
        target = f"{record.id}.0" if name == "KILL" else record.id
        await self._canceller.send(target, "-s", name)

    async def _end(self, opened: OpenJob, process: trio.Process, *, grace: float, hurry: trio.Event) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._drain, opened, process)
            with trio.move_on_after(_UNANSWERED_S):
                await self._poller.look()
            record = self._record(opened)
            if record is not None and record.state == "RUNNING" and not hurry.is_set():
                await self._signal(opened, record, "TERM")
                await _wait_or_hurry(process, hurry, grace)
            if record is not None and not record.is_over and process.returncode is None:
                await self._signal(opened, record, "KILL")
            if process.returncode is None:
                process.terminate()
            await self._wait_over(opened, cancel_after=0.0)
            with trio.move_on_after(self.hung_s):
                await process.wait()
            if process.returncode is None:
                _kill_all(process)
                await process.wait()
            nursery.cancel_scope.cancel()

    async def _drain(self, opened: OpenJob, process: trio.Process) -> None:
        with suppress(trio.ClosedResourceError, trio.BrokenResourceError):
            while process.stderr is not None and (piece := await process.stderr.receive_some()):
                opened.stderr += piece
                del opened.stderr[:-_LONGEST_STDERR]


async def _wait_or_hurry(process: trio.Process, hurry: trio.Event, grace: float) -> None:
    """Until srun has ended, `grace` seconds at most, and no longer once `hurry` is set."""
    with trio.move_on_after(grace):
        await wait_first(process.wait, hurry.wait)


def _kill_all(process: trio.Process) -> None:
    """SIGKILL to srun and to the process beside it, which holds its stderr open and may hang as well."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _read_complaint(opened: OpenJob) -> str:
    """What srun has said."""
    lines = opened.stderr.decode(errors="replace").splitlines()
    return clean("\n".join(line for line in lines if not line.startswith((MARK, BEGUN))))


def _read_node(opened: OpenJob) -> str | None:
    """Where it runs, once the wrapper has said so."""
    for line in opened.stderr.decode(errors="replace").split("\n")[:-1]:
        words = line.split(" ")
        if len(words) == 3 and words[:2] == [BEGUN, opened.name]:
            return words[2]
    return None
