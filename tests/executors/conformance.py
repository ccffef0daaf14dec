"""What every executor must do, whatever carries its jobs out: one suite for all. Inherit `Conformance` in a class whose
fixture `rig` gives a `Rig`.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import trio
from attrs import define, field

from aegisd.core.job import EndKind, JobEnd
from aegisd.core.placement import JobRef
from aegisd.executors.command import Command, SpawnError
from aegisd.executors.driving import DrivenProcess, JobFaultError, drive
from aegisd.executors.job import Job, JobExecutor, JobGroup

PATIENCE_S = 60.0
ENV = {"PATH": os.environ["PATH"], "GREETING": "hello  world"}


@define(eq=False)
class Collected:
    """A sink that remembers."""

    fd: int
    offset: int = 0
    waited: list[str] = field(factory=list)
    nodes: list[str] = field(factory=list)
    placed: trio.Event = field(factory=trio.Event)
    queued: trio.Event = field(factory=trio.Event)

    async def waiting(self, reason: str) -> None:
        """It waits."""
        self.waited.append(reason)
        self.queued.set()

    async def running(self, nodes: str, *, since: float = 0.0) -> None:
        """It runs, just since now."""
        assert since >= 0
        self.nodes.append(nodes)
        self.placed.set()


@define(eq=False, kw_only=True)
class Rig:
    """An executor that runs, and how its queue is held, where it has one. `again` makes a new life of the same
    executor, as after the end of aegisd."""

    executor: JobExecutor
    folder: Path
    hold: Callable[[], None] | None = None
    release: Callable[[], None] | None = None
    count: int = 0

    def job(self, *argv: str, dir: str | None = None, **more: object) -> Job:
        """A job with a name and an output of its own."""
        self.count += 1
        name = f"{self.prefix}{self.count}.0.1"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        fd = os.open(self.folder / name, flags, 0o600)
        command = Command(argv=argv, env=ENV, dir=dir or str(self.folder), output_fd=fd, name=name)
        return Job(name=name, command=command, group=self.group, **more)  # type: ignore[arg-type]

    prefix: str = "ae.test."
    group: JobGroup | None = None

    def output(self, job: Job) -> str:
        """What a job has written so far."""
        return (self.folder / job.name).read_text()

    async def run(self, job: Job, *, sink: Collected | None = None) -> DrivenProcess:
        """Carry a job out as the engine does."""
        kept: list[JobRef] = []

        async def keep(ref: JobRef) -> None:
            await trio.lowlevel.checkpoint()
            kept.append(ref)

        process = None
        try:
            with trio.fail_after(PATIENCE_S):
                async with drive(
                    self.executor, job, sink=sink or Collected(job.command.output_fd), keep=keep
                ) as process:
                    assert [ref.name for ref in kept] == [job.name]
                    with suppress(SpawnError):
                        await process.wait()
        except JobFaultError as error:
            process = process or DrivenProcess(trio.sleep_forever)
            process.settle(JobEnd(kind=error.kind, reason=str(error)))
        finally:
            os.close(job.command.output_fd)
        return process

    async def end_of(self, *argv: str, **more: object) -> JobEnd:
        """How a command ends."""
        process = await self.run(self.job(*argv, **more))  # type: ignore[arg-type]
        assert process.end is not None
        return process.end


async def wait_for(ready: Callable[[], object]) -> None:
    """Until `ready()`."""
    with trio.fail_after(PATIENCE_S):
        while not ready():  # noqa: ASYNC110 - files and engines do not tell
            await trio.sleep(0.02)


class Conformance:
    """The suite. `holds_all`: also processes that have left their session end with their job."""

    holds_all = True

    @pytest.mark.parametrize("code", [0, 3, 255])
    async def test_exit_codes(self, rig: Rig, code: int) -> None:
        """The exit code of the program, as it is; and a receipt or the engine's word that it is gone."""
        end = await rig.end_of("/bin/sh", "-c", f"exit {code}")
        assert (end.kind, end.code, end.signal) == (EndKind.EXITED, code, None)

    async def test_signals_by_name(self, rig: Rig) -> None:
        """A program that a signal ended has the signal's name and no exit code."""
        end = await rig.end_of("/bin/sh", "-c", "kill -9 $$")
        assert (end.kind, end.code, end.signal) == (EndKind.SIGNALED, None, "SIGKILL")

    async def test_output_environment_and_directory(self, rig: Rig) -> None:
        """Both outputs in their order, to the last byte; arguments and variables as they are; the directory."""
        script = 'printf "%s|" "$GREETING" "$@"; echo err >&2; pwd; printf last'
        job = rig.job("/bin/sh", "-c", script, "sh", "a b", "c'd", '"$e"', "")
        process = await rig.run(job)
        assert process.exit_code == 0
        assert rig.output(job) == f'hello  world|a b|c\'d|"$e"||err\n{rig.folder}\nlast'

    async def test_output_comes_while_it_runs(self, rig: Rig) -> None:
        """Whoever follows the log does not wait for the end."""
        go = rig.folder / "go"
        job = rig.job("/bin/sh", "-c", f"echo first; until [ -e {go} ]; do sleep 0.05; done; echo second")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(rig.run, job)
            await wait_for(lambda: rig.output(job) == "first\n")
            go.touch()
        assert rig.output(job) == "first\nsecond\n"

    async def test_it_tells_once_where_it_runs(self, rig: Rig) -> None:
        """What counts time knows when it begins."""
        job = rig.job("/bin/true")
        sink = Collected(job.command.output_fd)
        await rig.run(job, sink=sink)
        assert len(sink.nodes) == 1
        assert sink.nodes[0]

    async def test_a_missing_program(self, rig: Rig) -> None:
        """A program that is not there was never started, and the message names it."""
        end = await rig.end_of("no-such-program", "--flag")
        assert end.kind is EndKind.REJECTED
        assert "no-such-program" in end.reason

    async def test_a_missing_directory(self, rig: Rig) -> None:
        """Nothing runs in another directory than it was told to."""
        end = await rig.end_of("/bin/pwd", dir=str(rig.folder / "gone"))
        assert end.kind is EndKind.REJECTED
        assert "gone" in end.reason

    async def test_a_polite_cancel(self, rig: Rig) -> None:
        """A program that is asked to end may tidy up."""
        script = "trap 'echo bye; exit 4' TERM; echo ready; while :; do sleep 0.05; done"
        job = rig.job("/bin/sh", "-c", script)
        await self._cancel_when(rig, job, "ready\n")
        output = rig.output(job)
        assert (output[:6], output[-4:]) == ("ready\n", "bye\n")

    async def test_a_stubborn_cancel(self, rig: Rig) -> None:
        """What ignores SIGTERM, and what has left its session, is gone when the attempt is over."""
        mark = f"8642{os.getpid() % 1000}"
        away = "setsid " if self.holds_all else ""
        job = rig.job("/bin/sh", "-c", f"trap '' TERM; {away}sleep {mark} & echo ready; sleep {mark}; sleep {mark}")
        await self._cancel_when(rig, job, "ready\n")
        if not self.holds_all:
            await wait_for(lambda: _count(mark) == 0)
        assert _count(mark) == 0

    async def test_cancel_twice_and_late(self, rig: Rig) -> None:
        """Ending what has ended does no harm."""
        job = rig.job("/bin/true")
        await rig.run(job)
        ref = JobRef(executor=rig.executor.name, name=job.name)
        for _ in range(2):
            with trio.fail_after(PATIENCE_S):
                assert (await rig.executor.cancel(ref, grace=0.1, hurry=trio.Event())).kind is EndKind.CANCELLED

    async def test_many_at_once(self, rig: Rig) -> None:
        """Each of many has its own exit code."""
        ends: dict[int, JobEnd] = {}

        async def run(code: int) -> None:
            ends[code] = await rig.end_of("/bin/sh", "-c", f"exit {code}")

        async with trio.open_nursery() as nursery:
            for code in range(20):
                nursery.start_soon(run, code)
        assert {code: end.code for code, end in ends.items()} == {code: code for code in range(20)}

    async def test_waiting_is_told_and_bounded(self, rig: Rig) -> None:
        """A job that waits says for what, and is taken back after its `queue_timeout`."""
        if rig.hold is None or rig.release is None:
            return
        rig.hold()
        try:
            job = rig.job("/bin/true", queue_timeout=1.0)
            sink = Collected(job.command.output_fd)
            process = await rig.run(job, sink=sink)
        finally:
            rig.release()
        assert sink.waited
        assert process.end is not None
        assert (process.end.kind, sink.nodes) == (EndKind.REJECTED, [])

    async def test_cancel_in_the_queue(self, rig: Rig) -> None:
        """A job that waits is taken back, and never runs."""
        if rig.hold is None or rig.release is None:
            return
        rig.hold()
        touched = rig.folder / "touched"
        job = rig.job("/bin/touch", str(touched))
        sink = Collected(job.command.output_fd)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: rig.run(job, sink=sink))
            with trio.fail_after(PATIENCE_S):
                await sink.queued.wait()
            nursery.cancel_scope.cancel()
        rig.release()
        assert (await rig.end_of("/bin/true")).code == 0
        assert not touched.exists()

    async def test_it_is_healthy(self, rig: Rig) -> None:
        """It says that it is up, and that nothing of ours is there."""
        health = await rig.executor.health()
        assert (health.state, health.running) == ("up", 0)
        assert rig.executor.silence is None

    async def _cancel_when(self, rig: Rig, job: Job, text: str) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(rig.run, job)
            await wait_for(lambda: rig.output(job) == text)
            nursery.cancel_scope.cancel()


def _count(mark: str) -> int:
    """Processes that sleep for `mark` seconds."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found += path.read_bytes().split(b"\0")[:2] == [b"sleep", mark.encode()]
    return found
