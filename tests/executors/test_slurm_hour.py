"""A controller that does not answer for an hour, in virtual time: longer than every limit in the code; and one that
forgets a job before anybody has seen it run."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import trio
import trio.testing
from attrs import define, field

from aegisd.core.executor_keys import SlurmKeys, SlurmMode
from aegisd.core.job import EndKind, JobEnd
from aegisd.executors.command import Command
from aegisd.executors.job import Job, JobUnclearError
from aegisd.executors.slurm.client import Answer, SlurmClient
from aegisd.executors.slurm.detached import DetachedSlurm
from tests.executors.conformance import Collected

_HOUR = 3600.0
_NAME = "ae.1a2b.farm.7.0.1"


@define(eq=False)
class Controller(SlurmClient):
    """Slurm's commands. Once `answers` is False none of them does; what sbatch asked by then is done all the same if
    `takes`."""

    keys: SlurmKeys
    answers: bool = True
    takes: bool = True
    submitted: list[str] = field(factory=list)
    cancelled: list[str] = field(factory=list)
    state: str = "RUNNING"

    async def call(
        self, program: str, *options: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Answer:
        """One of the commands."""
        del stdin, env
        await trio.sleep(0.01 if self.answers else 9.0)
        if program == "sbatch" and self.takes:
            self.submitted.append(options[options.index("-J") + 1])
        if not self.answers:
            return Answer(status=1, text="", error="Socket timed out on send/recv operation")
        if program == "scancel":
            self.cancelled += options
            self.state = "CANCELLED"
        text = {"sbatch": "12\n", "squeue": f"12|{self.state}|0|None|n1|noon|{_NAME}\n" if self.submitted else ""}
        return Answer(status=0, text=text.get(program, ""), error="")

    def make_environment(self, job: Job) -> dict[str, str]:
        """Of no interest."""
        return dict(job.command.env)


def _make(folder: Path) -> tuple[DetachedSlurm, Controller, Job]:
    keys = SlurmKeys(mode=SlurmMode.DETACHED, spool=str(folder))
    controller = Controller(keys)
    executor = DetachedSlurm(name="farm", keys=keys, instance="1a2b", environment={}, client=controller)
    fd = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    command = Command(argv=("true",), env={}, dir="/", output_fd=fd, name=_NAME)
    return executor, controller, Job(name=_NAME, command=command, queue_timeout=600.0)


async def test_a_job_that_runs(tmp_path: Path, autojump_clock: trio.testing.MockClock) -> None:
    """It is not lost, however long the controller is away; it is said for how long."""
    autojump_clock.autojump_threshold = 0.005
    executor, controller, job = _make(tmp_path)
    ends: list[JobEnd] = []
    sink = Collected(job.command.output_fd)
    async with trio.open_nursery() as nursery:
        await nursery.start(executor.run)
        await executor.recover(())
        ref = await executor.start(job)

        async def stream() -> None:
            ends.append(await executor.stream(ref, job, sink))

        nursery.start_soon(stream)
        await sink.placed.wait()
        controller.answers = False
        await trio.sleep(_HOUR)
        assert executor.silence is not None
        assert _HOUR - 120 < executor.silence.seconds < _HOUR + 120
        assert (ends, controller.submitted) == ([], [_NAME])
        (tmp_path / f"{_NAME}.log").write_text("all of it\n")
        (tmp_path / f"{_NAME}.end").write_text(f"aegis-exit {_NAME} 0\n")
        controller.answers, controller.state = True, "COMPLETED"
        while not ends:  # noqa: ASYNC110 - virtual time
            await trio.sleep(1)
        assert executor.silence is None
        nursery.cancel_scope.cancel()
    os.close(job.command.output_fd)
    assert (ends[0].kind, ends[0].code, (tmp_path / "log").read_text()) == (EndKind.EXITED, 0, "all of it\n")


async def test_a_job_that_is_handed_in(tmp_path: Path, autojump_clock: trio.testing.MockClock) -> None:
    """It is handed in once. After its `queue_timeout` nobody can say whether it was taken; it was, so it is cancelled
    when the controller is back."""
    executor, controller, job = _make(tmp_path)
    async with trio.open_nursery() as nursery:
        await nursery.start(executor.run)
        await executor.recover(())
        controller.answers = False
        begun = trio.current_time()
        with pytest.raises(JobUnclearError, match="Socket timed out"):
            await executor.start(job)
        assert 600 <= trio.current_time() - begun < 700
        await trio.sleep(_HOUR)
        assert (controller.submitted, controller.cancelled) == ([_NAME], [])
        controller.answers = True
        while not controller.cancelled:  # noqa: ASYNC110 - virtual time
            await trio.sleep(1)
        nursery.cancel_scope.cancel()
    os.close(job.command.output_fd)
    assert controller.cancelled == ["-Q", "12"]


@pytest.mark.parametrize("has_begun", [True, False])
async def test_a_job_that_is_forgotten_at_once(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, *, has_begun: bool
) -> None:
    """The controller was killed right after it had taken the job: what has left output was running and is lost, the
    other one never ran."""
    autojump_clock.autojump_threshold = 0.005
    executor, controller, job = _make(tmp_path)
    async with trio.open_nursery() as nursery:
        await nursery.start(executor.run)
        await executor.recover(())
        ref = await executor.start(job)
        controller.submitted.clear()
        if has_begun:
            (tmp_path / f"{_NAME}.log").write_text("begun\n")
        end = await executor.stream(ref, job, Collected(job.command.output_fd))
        nursery.cancel_scope.cancel()
    os.close(job.command.output_fd)
    assert end.kind is (EndKind.LOST if has_begun else EndKind.REJECTED)
    assert (tmp_path / "log").read_text() == ("begun\n" if has_begun else "")
