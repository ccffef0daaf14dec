"""Many detached jobs at a time, with commands of Slurm that only keep books."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import trio

from aegisd.core.executor_keys import SlurmKeys, SlurmMode
from aegisd.core.job import EndKind
from aegisd.executors.job import Job
from aegisd.executors.slurm.detached import DetachedSlurm
from tests.executors.conformance import ENV, Collected, Rig
from tests.executors.fake_slurm import write_commands

_MANY = 60


@asynccontextmanager
async def open_rig(folder: Path, *, hold: float) -> AsyncIterator[Rig]:
    """An executor whose jobs run for `hold` seconds."""
    for name in ("spool", "logs"):
        (folder / name).mkdir()
    keys = SlurmKeys(
        mode=SlurmMode.DETACHED,
        bin=str(write_commands(folder / "slurm", hold=hold, remembered=300)),
        spool=str(folder / "spool"),
        poll_interval=0.1,
        grace=0.0,
        submit_rate=1000.0,
    )
    executor = DetachedSlurm(name="farm", keys=keys, instance="t", environment=ENV)
    async with trio.open_nursery() as nursery:
        await nursery.start(executor.run)
        await executor.recover(())
        yield Rig(executor=executor, folder=folder / "logs", prefix="ae.t.farm.")
        nursery.cancel_scope.cancel()


async def test_the_output_of_many(tmp_path: Path) -> None:
    """Of jobs that all end at once each has its own output and its own end, and nothing stays on the shared disk."""
    ends = []

    async def carry_out(job: Job) -> None:
        ends.append(await rig.run(job))

    async with open_rig(tmp_path, hold=0) as rig:
        jobs = [rig.job("true") for _ in range(_MANY)]
        async with trio.open_nursery() as nursery:
            for job in jobs:
                nursery.start_soon(carry_out, job)
    assert [(process.end.kind, process.exit_code) for process in ends if process.end] == [(EndKind.EXITED, 0)] * _MANY
    assert {rig.output(job) for job in jobs} == {"a line\n"}
    assert list((tmp_path / "spool").iterdir()) == []


async def test_the_end_of_many(tmp_path: Path) -> None:
    """Jobs that are cancelled together are cancelled by a few calls of scancel."""
    sinks = []
    async with open_rig(tmp_path, hold=600) as rig, trio.open_nursery() as nursery:
        for _ in range(_MANY):
            job = rig.job("true")
            sinks.append(Collected(job.command.output_fd))
            nursery.start_soon(partial(rig.run, job, sink=sinks[-1]))
        for sink in sinks:
            await sink.placed.wait()
        nursery.cancel_scope.cancel()
    assert len((tmp_path / "slurm" / "cancelled").read_text().splitlines()) >= _MANY
    assert (tmp_path / "slurm" / "calls").read_text().count("scancel") < _MANY / 4
