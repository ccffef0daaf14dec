"""Jobs under sbatch: they need a directory that all nodes see, cost aegisd a line of squeue, and go on without it.

The output goes into a file in that directory and is copied from there into the attempt's log, from where the log
ends; so the next aegisd goes on copying where this one was ended. The exit code is the controller's word and, for a
controller that has forgotten the job meanwhile, a file that the script leaves.
"""

import os
from collections.abc import Mapping
from contextlib import suppress

import trio

from aegisd.core.executor_keys import SlurmKeys
from aegisd.core.job import EndKind, JobEnd
from aegisd.core.placement import JobRef
from aegisd.executors.job import Job, JobRefusedError, JobUnclearError, Sink
from aegisd.executors.slurm.base import OpenJob, SlurmBase, waited_too_long
from aegisd.executors.slurm.client import SlurmClient, is_outage
from aegisd.executors.slurm.disk import Disk
from aegisd.executors.slurm.options import end_path, log_path, make_script, read_code, sbatch_options
from aegisd.executors.slurm.records import Record, decide_end, name_code

_PIECE = 1024 * 1024
_AT_ONCE = 8
_OWN_CODES = (125, 126, 127)


class DetachedSlurm(SlurmBase):
    """See the module."""

    outlives = True
    shown_late_s = 10.0
    """Seconds after which a shared disk shows what a node has written."""

    def __init__(
        self,
        *,
        name: str,
        keys: SlurmKeys,
        instance: str,
        environment: Mapping[str, str],
        client: SlurmClient | None = None,
    ) -> None:
        super().__init__(name=name, keys=keys, instance=instance, environment=environment, client=client)
        self._disk = Disk()
        self._handing_in = trio.CapacityLimiter(_AT_ONCE)

    @property
    def keeps(self) -> bool:
        """Its jobs outlive aegisd."""
        return True

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Look at the controller, and ask the disk, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._disk.run)
            await super().run(task_status=task_status)

    async def start(self, job: Job) -> JobRef:
        """Submit the job, once: an answer that was lost is made up for by looking for its name."""
        opened = await self._enter(job)
        try:
            await self._submit(opened, job)
        except JobRefusedError:
            self._leave(opened)
            raise
        return JobRef(executor=self.name, name=job.name, id=opened.id, outlives=True)

    async def stream(self, ref: JobRef, job: Job, sink: Sink) -> JobEnd:
        """The output and the end of a job, of this or an earlier life of aegisd."""
        opened = self._open.get(ref.name)
        if opened is None:
            opened = self._adopt(ref)
            opened.begun = bool(await self._disk.ask(os.path.lexists, log_path(self.keys, ref.name)))
            opened.begun_at = self._poller.begun
        opened.sink, opened.offset = sink, sink.offset
        deadline = trio.current_time() + self._longest_wait(job)
        while True:
            await self._poller.wait_turn()
            await self._copy(opened)
            record = self._record(opened)
            if record is None and self._poller.failure is None:
                await self._poller.look()
                record = self._record(opened)
                if record is None:
                    break
            if record is not None and record.is_over:
                break
            if not opened.told:
                await self._wait_on(opened, record, sink, deadline)
            if opened.verdict is not None:
                record = await self._wait_over(opened, cancel_after=0.0)
                break
        end = await self._judge(opened, record, sink)
        await self._forget(opened)
        self._leave(opened)
        return end

    async def cancel(self, ref: JobRef, *, grace: float, hurry: trio.Event) -> JobEnd:
        """SIGTERM to all of the job, the grace, and then Slurm's own way of ending it."""
        end = JobEnd(kind=EndKind.CANCELLED, reason="by aegis")
        opened = self._open.get(ref.name)
        if opened is None and ref.id is None:  # never handed in
            await trio.lowlevel.checkpoint()
            return end
        opened = opened or self._adopt(ref)
        try:
            await self._poller.look()
            record = self._record(opened)
            if record is not None and not record.is_over:
                if not record.is_waiting and not hurry.is_set() and grace > 0:
                    await self._canceller.send(record.id, "-f", "-s", "TERM")
                    await self._wait_gone(opened, hurry, grace)
                await self._wait_over(opened, cancel_after=0.0)
            await self._copy(opened)
            await self._forget(opened)
        finally:
            self._leave(opened)
        return end

    async def _submit(self, opened: OpenJob, job: Job) -> None:
        deadline = trio.current_time() + self._longest_wait(job)
        options, script = sbatch_options(self.keys, job), make_script(self.keys, job)
        while True:
            await self._wait_answer(job, job.tell, deadline)
            environment = self._client.make_environment(job)
            async with self._handing_in:
                with trio.CancelScope(shield=True):
                    answer = await self._client.call("sbatch", *options, stdin=script, env=environment)
            number = answer.text.strip().split(";")[0]
            if answer.is_good and number.isdigit():
                opened.id = number
                return
            said = answer.error or f"sbatch left with {answer.status}"
            is_clear = bool(answer.error) and not is_outage(answer.error)
            with trio.move_on_at(deadline) as looking:
                await (self._poller.look() if is_clear else self._settle(said, job.tell))
            if self._record(opened) is not None:
                return
            if looking.cancelled_caught:
                message = f"it is not known whether it was taken: {said}"
                raise JobUnclearError(message)
            if not is_outage(said):
                raise JobRefusedError(said)

    def _adopt(self, ref: JobRef) -> OpenJob:
        """Take over a job that an earlier aegisd has submitted. It waits for no place, and takes one if it can."""
        opened = OpenJob(name=ref.name, id=ref.id)
        try:
            self._slots.acquire_on_behalf_of_nowait(opened)
        except trio.WouldBlock:
            opened.has_slot = False
        self._open[ref.name] = opened
        self._poller.own([ref.name])
        return opened

    async def _wait_on(self, opened: OpenJob, record: Record | None, sink: Sink, deadline: float) -> None:
        """Tell where it is; what has waited for too long is taken back."""
        if record is not None and record.state == "RUNNING":
            await self._tell_place(opened, sink, record.nodes)
            return
        reason = self._say_wait(record)
        is_known = self._poller.failure is None and record is not None and record.is_waiting
        if trio.current_time() > deadline and is_known:
            opened.verdict = waited_too_long(reason)
        elif reason != opened.reason:
            opened.reason = reason
            await sink.waiting(reason)

    async def _judge(self, opened: OpenJob, record: Record | None, sink: Sink) -> JobEnd:
        """How it ended. What a node has written last may show late on a shared disk."""
        begun = trio.current_time()
        told = await self._read_end(opened)
        if opened.verdict is not None:
            await self._copy(opened)
            return opened.verdict if told is None else name_code(told)
        while told is None and record is not None and record.state in {"COMPLETED", "FAILED"}:
            if record.status >> 8 in _OWN_CODES or trio.current_time() - begun > self.shown_late_s:
                break
            await trio.sleep(0.1)
            told = await self._read_end(opened)
        await self._copy(opened)
        if record is not None and record.nodes:
            await self._tell_place(opened, sink, record.nodes)
        if told is None and record is not None and record.state == "FAILED" and await self._has_no_log(opened):
            return JobEnd(kind=EndKind.REJECTED, reason=f"{record.nodes} could not write into {self.keys.spool}")
        seen = opened.begun or (record is None and not await self._has_no_log(opened))
        return decide_end(record, told=told, seen=seen, complaint=await self._read_complaint(record, opened))

    async def _has_no_log(self, opened: OpenJob) -> bool:
        """Whether the disk says that the job has not begun: Slurm opens its output before that."""
        return await self._disk.ask(os.path.lexists, log_path(self.keys, opened.name)) is False

    async def _read_complaint(self, record: Record | None, opened: OpenJob) -> str:
        """What the script said when it could not start the program: the last line of its output. Else what it means if
        it has left no word."""
        if record is None:
            return ""
        if record.status >> 8 not in _OWN_CODES:
            missing = f"Slurm says {record.state}, but the step has left no word in {self.keys.spool}: is it full?"
            return missing if record.state in {"COMPLETED", "FAILED"} else ""
        text = await self._disk.ask(_read_tail, log_path(self.keys, opened.name)) or ""
        lines = text.strip().splitlines()
        return lines[-1][:300] if lines else ""

    async def _read_end(self, opened: OpenJob) -> int | None:
        text = await self._disk.ask(_read_text, end_path(self.keys, opened.name))
        return read_code(text, opened.name) if text is not None else None

    async def _wait_gone(self, opened: OpenJob, hurry: trio.Event, grace: float) -> None:
        deadline = trio.current_time() + grace
        while trio.current_time() < deadline and not hurry.is_set():
            await self._poller.look()
            record = self._record(opened)
            if record is None or record.is_over:
                return
            await trio.sleep(0.1)

    async def _copy(self, opened: OpenJob) -> None:
        """Bring in what the job has written since."""
        path = log_path(self.keys, opened.name)
        while opened.sink is not None:
            data = await self._disk.ask(_read_piece, path, opened.offset)
            if not data:
                return  # nothing new, or the disk does not answer: the next turn tries again
            count = _append(opened.sink.fd, data)
            opened.offset += count
            if count < _PIECE:
                return

    async def _forget(self, opened: OpenJob) -> None:
        """Remove its files."""
        for path in (log_path(self.keys, opened.name), end_path(self.keys, opened.name)):
            await self._disk.ask(_remove, path)


def _read_piece(path: str, offset: int) -> bytes:
    """At most _PIECE bytes. Raises OSError."""
    source = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return os.pread(source, _PIECE, offset)
    finally:
        os.close(source)


def _append(target: int, data: bytes) -> int:
    """How many bytes of `data` fit; on a full disk not all of them."""
    done = 0
    with suppress(OSError):
        while done < len(data):
            done += os.write(target, data[done:])
    return done


def _read_text(path: str) -> str:
    """The first of a file. Raises OSError."""
    return _read_piece(path, 0)[:4096].decode(errors="replace")


def _read_tail(path: str) -> str:
    """The last of a file. Raises OSError."""
    size = os.stat(path).st_size  # noqa: PTH116 - in a thread, as all of this
    return _read_piece(path, max(0, size - 2000))[:2000].decode(errors="replace")


def _remove(path: str) -> None:
    os.unlink(path)  # noqa: PTH108 - as above
