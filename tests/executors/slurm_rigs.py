"""Executors of a test cluster in both modes, and jobs that wait for a word of the test."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import define, evolve, field

from aegisd.core.executor_keys import SlurmAllocation, SlurmKeys, SlurmMode
from aegisd.core.job import JobEnd
from aegisd.executors.job import Job
from aegisd.executors.slurm.allocated import AllocatedSlurm
from aegisd.executors.slurm.attached import AttachedSlurm
from aegisd.executors.slurm.base import SlurmBase
from aegisd.executors.slurm.detached import DetachedSlurm
from tests.executors.conformance import ENV, PATIENCE_S, Collected, Rig, wait_for
from tests.executors.slurm_cluster import Cluster

ATTACHED, DETACHED = SlurmMode.ATTACHED, SlurmMode.DETACHED


def make_executor(
    cluster: Cluster,
    folder: Path,
    mode: SlurmMode,
    instance: str,
    *,
    commands: Path | None = None,
    allocation: SlurmAllocation = SlurmAllocation.STEP,
    **more: float,
) -> SlurmBase:
    """An executor of the cluster; `commands` is the directory of Slurm's commands, `more` are keys."""
    keys = SlurmKeys(
        mode=mode,
        allocation=allocation,
        conf=str(cluster.conf),
        bin=None if commands is None else str(commands),
        spool=str(folder) if mode is DETACHED else None,
        poll_interval=0.1,
        grace=1.0,
        submit_rate=100.0,
    )
    attached = AllocatedSlurm if allocation is SlurmAllocation.RUN else AttachedSlurm
    kind = DetachedSlurm if mode is DETACHED else attached
    return kind(name="farm", keys=evolve(keys, **more), instance=instance, environment=ENV)


@define(eq=False, kw_only=True)
class Course:
    """A job that somebody carries out: what it has written, how it ended."""

    rig: Rig
    job: Job
    sink: Collected
    ended: trio.Event = field(factory=trio.Event)
    end: JobEnd | None = None

    @property
    def output(self) -> str:
        """What it has written so far."""
        return self.rig.output(self.job)

    async def until(self, text: str) -> None:
        """Until its output begins with `text`."""
        await wait_for(lambda: self.output.startswith(text))

    async def wait(self) -> JobEnd:
        """How it ended."""
        with trio.fail_after(PATIENCE_S):
            await self.ended.wait()
        assert self.end is not None
        return self.end


@define(eq=False, kw_only=True)
class Farm:
    """An executor in each mode. Jobs run in `nursery`; waiting ones go on once the file `go` is there."""

    cluster: Cluster
    folder: Path
    nursery: trio.Nursery
    rigs: dict[SlurmMode, Rig]

    @property
    def go(self) -> Path:
        """What jobs wait for."""
        return self.folder / "go"

    def submit(self, mode: SlurmMode, script: str, **more: object) -> Course:
        """Carry a line of shell out."""
        rig = self.rigs[mode]
        job = rig.job("/bin/sh", "-c", script, **more)  # type: ignore[arg-type]
        course = Course(rig=rig, job=job, sink=Collected(job.command.output_fd))
        self.nursery.start_soon(_carry_out, course)
        return course

    def submit_waiting(self, mode: SlurmMode, then: str = "exit 6") -> Course:
        """A job that says `ready` and waits."""
        return self.submit(mode, f"echo ready; until [ -e {self.go} ]; do sleep 0.05; done; {then}")

    async def call(self, *argv: str) -> str:
        """One of Slurm's commands."""
        return await trio.to_thread.run_sync(self.cluster.call, *argv)

    async def do(self, action: Callable[[], None]) -> None:
        """Something of the cluster's that takes a while."""
        await trio.to_thread.run_sync(action)

    async def until_state(self, course: Course, state: str) -> None:
        """Until the controller says `state` of a job."""
        await wait_for(lambda: self.cluster.states().get(course.job.name) == state)

    async def forget_all(self) -> None:
        """Nothing that this test did to the nodes or the queue holds up the next one."""
        for node in ("n1", "n2"):
            await self.call("scontrol", "update", f"nodename={node}", "state=resume")
        await self.do(self.cluster.release_queue)


async def _carry_out(course: Course) -> None:
    course.end = (await course.rig.run(course.job, sink=course.sink)).end
    course.ended.set()


@asynccontextmanager
async def open_farm(
    cluster: Cluster, folder: Path, *, commands: Path | None = None, modes: tuple[SlurmMode, ...] = (ATTACHED, DETACHED)
) -> AsyncIterator[Farm]:
    """Executors that run until the block is left; jobs that are there then are cancelled."""
    async with trio.open_nursery() as executors:
        rigs = {}
        for mode in modes:
            instance = f"{mode.value[0]}{abs(hash(folder)) % 10**8}"
            place = folder / mode.value
            spool = place / "spool"
            spool.mkdir(parents=True)
            executor = make_executor(cluster, spool, mode, instance, commands=commands)
            await executors.start(executor.run)
            await executor.recover(())
            rigs[mode] = Rig(executor=executor, folder=place, prefix=f"ae.{instance}.farm.")
        async with trio.open_nursery() as nursery:
            farm = Farm(cluster=cluster, folder=folder, nursery=nursery, rigs=rigs)
            try:
                yield farm
            finally:
                nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await farm.forget_all()
        executors.cancel_scope.cancel()
