"""Steps on a real cluster of two nodes, in both modes: the suite of all executors, and the faults of a cluster."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from attrs import evolve

from aegisd.core.executor_keys import SlurmAllocation, SlurmMode
from aegisd.core.job import EndKind
from aegisd.core.placement import Resources
from aegisd.executors.job import JobGroup, name_group
from tests.executors.conformance import ENV, Collected, Conformance, Rig
from tests.executors.slurm_cluster import Cluster, open_cluster
from tests.executors.slurm_rigs import make_executor

WAYS = (
    (SlurmMode.ATTACHED, SlurmAllocation.STEP),
    (SlurmMode.ATTACHED, SlurmAllocation.RUN),
    (SlurmMode.DETACHED, SlurmAllocation.STEP),
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests of this file."""
    with open_cluster(tmp_path_factory.mktemp("slurm")) as opened:
        yield opened


@pytest.fixture(params=WAYS, ids="-".join)
async def rig(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> AsyncIterator[Rig]:
    """The executor in each of its ways. Where a run has an allocation, all jobs of a test are of one run."""
    instance = f"t{abs(hash(tmp_path)) % 10**8}"
    mode, allocation = request.param
    executor = make_executor(cluster, tmp_path, mode, instance, allocation=allocation)
    group = name_group(instance, "farm", run=1)
    async with trio.open_nursery() as nursery:
        await nursery.start(executor.run)
        await executor.recover(())
        yield Rig(
            executor=executor,
            folder=tmp_path,
            hold=cluster.hold_queue,
            release=cluster.release_queue,
            prefix=f"ae.{instance}.farm.",
            group=JobGroup(name=group, asks=(Resources(cpus=1),)),
        )
        with trio.fail_after(60):
            await executor.release(group)
        nursery.cancel_scope.cancel()
    assert not [name for name in cluster.live() if name.startswith(f"ae.{instance}.")]


class TestSlurm(Conformance):
    """All ways pass the suite."""

    async def test_an_impossible_request(self, rig: Rig) -> None:
        """What no node can give is refused at once, in Slurm's own words."""
        end = await rig.end_of("/bin/true", resources=Resources(cpus=1000))
        assert end.kind is EndKind.REJECTED
        assert end.reason

    async def test_the_environment_of_slurm_changes_nothing(self, rig: Rig) -> None:
        """Variables that srun and sbatch read as options come from no step."""
        job = rig.job("/bin/sh", "-c", 'echo "${SLURM_STEP_NAME:-$SLURM_JOB_NAME}"')
        command = evolve(job.command, env={**ENV, "SLURM_JOB_NAME": "x", "SBATCH_PARTITION": "no", "SRUN_X": "no"})
        process = await rig.run(evolve(job, command=command))
        assert process.exit_code == 0
        assert rig.output(job) == f"{job.name}\n"


async def test_a_next_life(cluster: Cluster, tmp_path: Path) -> None:
    """A detached job of an earlier life that is owned is adopted with all that it has written; others are ended."""
    async with open_life(cluster, tmp_path, ()) as (rig, _):
        mine = rig.job("/bin/sh", "-c", f"echo one; until [ -e {tmp_path}/go ]; do sleep 0.05; done; echo two; exit 3")
        other = rig.job("/bin/sh", "-c", "sleep 600")
        ref = await rig.executor.start(mine)
        await rig.executor.start(other)
    async with open_life(cluster, tmp_path, (mine.name,)) as (rig, found):
        assert found == {mine.name: "adopt", other.name: "reaped"}
        assert other.name not in cluster.live()
        (tmp_path / "go").touch()
        with trio.fail_after(60):
            end = await rig.executor.stream(ref, mine, Collected(mine.command.output_fd))
        assert (end.code, rig.output(mine)) == (3, "one\ntwo\n")
    os.close(mine.command.output_fd)
    os.close(other.command.output_fd)


@asynccontextmanager
async def open_life(
    cluster: Cluster, folder: Path, owned: tuple[str, ...]
) -> AsyncIterator[tuple[Rig, dict[str, str]]]:
    """A life of a detached executor, and what it found of the one before; its jobs go on when it ends."""
    executor = make_executor(cluster, folder, SlurmMode.DETACHED, "life")
    async with trio.open_nursery() as nursery:
        await nursery.start(executor.run)
        with trio.fail_after(60):
            found = dict(await executor.recover(owned))
        yield Rig(executor=executor, folder=folder, prefix="ae.life.farm."), found
        nursery.cancel_scope.cancel()
