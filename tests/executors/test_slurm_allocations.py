"""One allocation for all steps of a run, on a real cluster of two nodes: what they share, and what becomes of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import trio

from aegisd.core.executor_keys import SlurmAllocation, SlurmMode
from aegisd.core.job import EndKind, JobEnd
from aegisd.core.placement import Resources
from aegisd.executors.job import Job, JobGroup, name_group
from tests.executors.conformance import Collected, Rig, wait_for
from tests.executors.slurm_cluster import Cluster, open_cluster
from tests.executors.slurm_rigs import make_executor


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests of this file."""
    with open_cluster(tmp_path_factory.mktemp("slurm")) as opened:
        yield opened


@pytest.fixture
async def rig(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Rig]:
    """An executor with one run, whose greatest step wants three processors."""
    instance = f"a{abs(hash(tmp_path)) % 10**8}"
    executor = make_executor(cluster, tmp_path, SlurmMode.ATTACHED, instance, allocation=SlurmAllocation.RUN)
    group = JobGroup(name=name_group(instance, "farm", run=1), asks=(Resources(), Resources(cpus=3)))
    async with trio.open_nursery() as nursery:
        await nursery.start(executor.run)
        await executor.recover(())
        yield Rig(executor=executor, folder=tmp_path, prefix=f"{group.name}.", group=group)
        with trio.fail_after(60):
            await executor.release(group.name)
        assert cluster.live() == []
        nursery.cancel_scope.cancel()


def _waits(rig: Rig, name: str, then: str) -> Job:
    """A job that says which allocation it is in and waits for a file."""
    return rig.job(
        "/bin/sh", "-c", f"echo $SLURM_JOB_ID; until [ -e {rig.folder}/{name} ]; do sleep 0.05; done; {then}"
    )


def _keeps(rig: Rig, job: Job, ends: list[JobEnd | None]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        ends.append((await rig.run(job)).end)

    return run


async def test_steps_share_it(rig: Rig, cluster: Cluster) -> None:
    """Steps at once and one after the other are in the same allocation, which is as great as the greatest wants."""
    ends: list[JobEnd | None] = []
    jobs = [_waits(rig, "go", f"exit {code}") for code in (0, 4)]
    async with trio.open_nursery() as nursery:
        for job in jobs:
            nursery.start_soon(_keeps(rig, job, ends))
        await wait_for(lambda: all(rig.output(job) for job in jobs))
        assert len(cluster.live()) == 1
        assert cluster.call("squeue", "-h", "-o", "%C").strip() == "3"
        (rig.folder / "go").touch()
    assert sorted(end.code or 0 for end in ends if end is not None) == [0, 4]
    last = rig.job("/bin/sh", "-c", "echo $SLURM_JOB_ID", resources=Resources(cpus=3))
    assert (await rig.run(last)).exit_code == 0
    assert len({rig.output(job) for job in (*jobs, last)}) == 1
    assert cluster.live() == [f"{rig.prefix}all.1"]


async def test_one_is_cancelled(rig: Rig) -> None:
    """Ending a step ends that step, with its grace; those beside it go on."""
    ends: list[JobEnd | None] = []
    stays = _waits(rig, "go", "exit 5")
    goes = rig.job("/bin/sh", "-c", "trap 'echo bye; exit 4' TERM; echo ready; while :; do sleep 0.05; done")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_keeps(rig, stays, ends))
        async with trio.open_nursery() as inner:
            inner.start_soon(rig.run, goes)
            await wait_for(lambda: rig.output(goes) == "ready\n" and rig.output(stays))
            inner.cancel_scope.cancel()
        assert rig.output(goes).endswith("bye\n")
        assert ends == []
        (rig.folder / "go").touch()
    assert ends[0] is not None
    assert ends[0].code == 5


async def test_an_admin_ends_a_step(rig: Rig, cluster: Cluster) -> None:
    """A step that somebody else ends is no failure of its program. Slurm does not always come to say who it was."""
    ends: list[JobEnd | None] = []
    job = _waits(rig, "never", "true")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_keeps(rig, job, ends))
        await wait_for(lambda: rig.output(job))
        await trio.to_thread.run_sync(cluster.call, "scancel", f"{rig.output(job).strip()}.0")
    assert ends[0] is not None
    assert ends[0].kind in {EndKind.CANCELLED, EndKind.UNCONFIRMED}
    assert ends[0].reason


async def test_its_node_is_lost(rig: Rig, cluster: Cluster) -> None:
    """All steps in it are lost, srun's exit 0 or not; the next one gets another allocation."""
    ends: list[JobEnd | None] = []
    jobs = [_waits(rig, "never", "true") for _ in range(3)]
    async with trio.open_nursery() as nursery:
        for job in jobs:
            nursery.start_soon(_keeps(rig, job, ends))
        await wait_for(lambda: all(rig.output(job) for job in jobs))
        node = cluster.call("squeue", "-h", "-o", "%N").strip()
        await trio.to_thread.run_sync(cluster.set_down, node)
    try:
        assert [end.kind for end in ends if end is not None] == [EndKind.LOST] * 3
        again = rig.job("/bin/sh", "-c", "echo $SLURM_JOB_ID")
        assert (await rig.run(again)).exit_code == 0
        assert rig.output(again) not in {rig.output(job) for job in jobs}
    finally:
        cluster.resume(node)


async def test_a_wait_is_bounded_for_each(rig: Rig, cluster: Cluster) -> None:
    """A step that waits for too long leaves the request to those that still wait, and the last one takes it back."""
    cluster.hold_queue()
    job = rig.job("/bin/true")
    sink = Collected(job.command.output_fd)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: rig.run(job, sink=sink))
            await wait_for(lambda: len(cluster.live()) == 1)
            short = rig.job("/bin/true", queue_timeout=0.5)
            end = (await rig.run(short)).end
            assert end is not None
            assert (end.kind, end.reason[:34]) == (EndKind.REJECTED, "it waited in the queue for too lon")
            assert len(cluster.live()) == 1
            nursery.cancel_scope.cancel()
        await wait_for(lambda: cluster.live() == [])
        assert (await rig.end_of("/bin/true", queue_timeout=0.5)).kind is EndKind.REJECTED
        await wait_for(lambda: cluster.live() == [])
    finally:
        cluster.release_queue()
    assert sink.waited
    assert (await rig.end_of("/bin/true")).code == 0
