"""A copy of the run's directory in each allocation, on a real cluster: hostile names, faults, and what stays there."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio
from attrs import evolve

from aegisd.core.executor_keys import SlurmAllocation, SlurmKeys, SlurmWorkspace
from aegisd.core.job import EndKind, JobEnd
from aegisd.executors.job import Job, JobGroup, name_group
from aegisd.executors.slurm.copied import CopiedSlurm
from tests.executors.conformance import ENV, Rig, wait_for
from tests.executors.slurm_cluster import Cluster, open_cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests of this file."""
    with open_cluster(tmp_path_factory.mktemp("slurm")) as opened:
        yield opened


@pytest.fixture
async def rig(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Rig]:
    """An executor with one run, whose directory is `run` and whose copies are in `scratch`."""
    instance = f"c{abs(hash(tmp_path)) % 10**8}"
    for name in ("run", "left", "scratch"):
        (tmp_path / name).mkdir()
    keys = SlurmKeys(
        allocation=SlurmAllocation.RUN,
        workspace=SlurmWorkspace.COPIED,
        scratch=str(tmp_path / "scratch"),
        copy_limit=1_000_000,
        conf=str(cluster.conf),
        poll_interval=0.1,
        grace=2.0,
        submit_rate=100.0,
    )
    executor = CopiedSlurm(name="farm", keys=keys, instance=instance, environment=ENV)
    group = JobGroup(name=name_group(instance, "farm", run=1), dir=str(tmp_path / "run"))
    async with trio.open_nursery() as nursery:
        await nursery.start(executor.run)
        await executor.recover(())
        yield Rig(executor=executor, folder=tmp_path, prefix=f"{group.name}.", group=group)
        with trio.fail_after(60):
            await executor.release(group.name)
        assert cluster.live() == []
        nursery.cancel_scope.cancel()


def _job(rig: Rig, script: str, *keeps: str) -> Job:
    """A job in the run's directory, with a folder for what it leaves."""
    left = rig.folder / "left" / f"{rig.count:04}.1"
    left.mkdir()
    job = rig.job("/bin/sh", "-c", script, dir=str(rig.folder / "run"), keeps=keeps)
    writes = (str(rig.folder / "run"), str(left))
    command = evolve(job.command, env={**ENV, "AEGIS_ARTIFACTS": str(left)}, writes=writes)
    return evolve(job, command=command)


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


async def test_names_of_any_kind(rig: Rig) -> None:
    """Names with line breaks, dashes, bytes that are no text, links: files come whole, links and secrets stay there."""
    script = (
        "printf x >\"$(printf 'a\\nb')\"; printf x >-rf; printf x >\"$(printf 'n\\377')\"; mkdir d; printf deep >d/f; "
        "ln d/f d/hard; ln -s /etc/passwd link; mkfifo fifo; printf y >.hidden; "
        "printf z >$AEGIS_ARTIFACTS/left; ln -s /etc $AEGIS_ARTIFACTS/etc"
    )
    process = await rig.run(_job(rig, script, "**"))
    assert (process.exit_code, process.end and process.end.reason) == (0, "")
    assert _files(rig.folder / "run") == {"a\nb", "-rf", os.fsdecode(b"n\xff"), "d/f", "d/hard"}
    assert (rig.folder / "run" / "d" / "hard").read_text() == "deep"
    assert _files(rig.folder / "left") == {"0000.1/left"}
    assert len(list((rig.folder / "scratch").iterdir())) == 1
    with trio.fail_after(60):
        await rig.executor.release(rig.group.name if rig.group else "")
    assert list((rig.folder / "scratch").iterdir()) == []


async def test_a_missing_scratch(rig: Rig) -> None:
    """A node without the directory for copies runs nothing, and it says which."""
    (rig.folder / "scratch").rmdir()
    end = (await rig.run(_job(rig, "true"))).end
    assert end is not None
    assert end.kind is EndKind.REJECTED
    assert str(rig.folder / "scratch") in end.reason


async def test_a_failure_stays_a_failure(rig: Rig) -> None:
    """What a failing program has left comes too; where it cannot, its exit code counts and the rest is told."""
    job = _job(rig, "echo log >it.log; exit 3", "*.log")
    assert (await rig.run(job)).exit_code == 3
    assert (rig.folder / "run" / "it.log").read_text() == "log\n"
    process = await rig.run(_job(rig, "head -c 2000000 /dev/zero >it.log; exit 3", "*.log"))
    assert process.exit_code == 3
    assert "more than" in (process.remark or "")
    assert (rig.folder / "run" / "it.log").read_text() == "log\n"


async def test_its_node_is_lost(rig: Rig, cluster: Cluster) -> None:
    """The step is lost, aegisd says what may be left there, and the next step has a new copy."""
    ends: list[JobEnd | None] = []
    (rig.folder / "run" / "given").write_text("given\n")
    job = _job(rig, "echo ready; sleep 600")
    async with trio.open_nursery() as nursery:

        async def run() -> None:
            ends.append((await rig.run(job)).end)

        nursery.start_soon(run)
        await wait_for(lambda: rig.output(job))
        node = cluster.call("squeue", "-h", "-o", "%N").strip()
        await trio.to_thread.run_sync(cluster.set_down, node)
    try:
        assert ends[0] is not None
        assert ends[0].kind is EndKind.LOST
        again = _job(rig, "cat given")
        assert (await rig.run(again)).exit_code == 0
        assert rig.output(again) == "given\n"
    finally:
        cluster.resume(node)
