"""What happens to jobs of a cluster that is well otherwise, in both modes: an admin's hand, preemption, srun that
hangs, a controller that forgets, a spool that takes no more."""

import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from aegisd.core.job import EndKind
from aegisd.executors.slurm.attached import AttachedSlurm
from aegisd.executors.slurm.detached import DetachedSlurm
from tests.executors.conformance import wait_for
from tests.executors.kit import is_alive
from tests.executors.slurm_cluster import Cluster, open_cluster
from tests.executors.slurm_rigs import ATTACHED, DETACHED, Course, Farm, open_farm


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests of this file."""
    with open_cluster(tmp_path_factory.mktemp("slurm")) as opened:
        yield opened


@pytest.fixture
async def farm(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Farm]:
    """Both modes at once."""
    async with open_farm(cluster, tmp_path) as opened:
        yield opened


async def _begin(farm: Farm) -> tuple[Course, Course]:
    """A waiting job in each mode that runs."""
    courses = farm.submit_waiting(ATTACHED), farm.submit_waiting(DETACHED)
    for course in courses:
        await course.until("ready\n")
        await wait_for(lambda course=course: course.sink.nodes)
        await farm.until_state(course, "RUNNING")
    return courses


async def _number(farm: Farm, course: Course) -> str:
    return (await farm.call("squeue", "-h", "-a", "-t", "all", "-n", course.job.name, "-o", "%i")).strip()


async def test_a_held_job(farm: Farm) -> None:
    """A job that an admin holds waits and says so; it runs once it is released, and is taken back after its time."""
    await farm.do(farm.cluster.hold_queue)
    courses = [farm.submit(mode, "exit 6") for mode in (ATTACHED, DETACHED)]
    courses += [farm.submit(mode, "exit 6", queue_timeout=4.0) for mode in (ATTACHED, DETACHED)]
    for course in courses:
        await farm.until_state(course, "PENDING")
        await farm.call("scontrol", "hold", await _number(farm, course))
    await farm.do(farm.cluster.release_queue)
    for course in courses:
        await wait_for(lambda course=course: course.sink.waited[-1:] == ["JobHeldAdmin"])
    ends = [await course.wait() for course in courses[2:]]
    assert [(end.kind, end.reason) for end in ends] == [
        (EndKind.REJECTED, "it waited in the queue for too long: JobHeldAdmin")
    ] * 2
    for course in courses[:2]:
        await farm.call("scontrol", "release", await _number(farm, course))
    assert [(await course.wait()).code for course in courses[:2]] == [6, 6]


async def test_jobs_that_are_suspended_and_cancelled(farm: Farm) -> None:
    """A suspended job goes on where it was. One that an admin cancels was not ended by us, and neither passed nor
    failed."""
    courses = await _begin(farm)
    doomed = await _begin(farm)
    for course in doomed:
        await farm.call("scancel", await _number(farm, course))
    for course in courses:
        await farm.call("scontrol", "suspend", await _number(farm, course))
        await farm.until_state(course, "SUSPENDED")
    farm.go.touch()
    for course in courses:
        await farm.call("scontrol", "resume", await _number(farm, course))
    assert [(await course.wait()).code for course in courses] == [6, 6]
    ends = [await course.wait() for course in doomed]
    assert [(end.kind, end.reason[:19]) for end in ends] == [(EndKind.CANCELLED, "by Slurm: CANCELLED")] * 2


async def test_a_job_that_is_requeued(farm: Farm) -> None:
    """Jobs are handed in so that nobody requeues them by the way; one that somebody makes begin again is lost, and the
    second copy does not stay."""
    courses = await _begin(farm)
    for course in courses:
        await farm.call("scontrol", "requeue", await _number(farm, course))
    assert [farm.cluster.states()[course.job.name] for course in courses] == ["RUNNING"] * 2
    attached, detached = courses
    number = await _number(farm, detached)
    await farm.call("scontrol", "update", f"jobid={number}", "requeue=1")
    await farm.call("scontrol", "requeue", number)
    end = await detached.wait()
    assert (end.kind, "second time" in end.reason) == (EndKind.LOST, True)
    await wait_for(lambda: detached.job.name not in farm.cluster.live())
    farm.go.touch()
    assert (await attached.wait()).code == 6


async def test_a_job_that_is_preempted(farm: Farm) -> None:
    """A job that has to make room for a more important one is lost."""
    courses = await _begin(farm)
    await farm.call(
        "sbatch", "-p", "urgent", "-J", "urgent", "-N2", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 600"
    )
    ends = [await course.wait() for course in courses]
    await farm.call("scancel", "-n", "urgent")
    assert [(end.kind, end.reason.split(" ")[0]) for end in ends] == [(EndKind.LOST, "PREEMPTED")] * 2, ends


async def test_a_keeper_that_dies(farm: Farm) -> None:
    """kill -9 of slurmstepd, as by a lack of memory: Slurm says RUNNING until somebody cancels the job. Then it has
    ended, and not well, whatever srun says."""
    courses = await _begin(farm)
    for course in courses:
        for pid in _find_processes(f"slurmstepd: [{await _number(farm, course)}."):
            os.kill(pid, signal.SIGKILL)
        await farm.call("scancel", await _number(farm, course))
    ends = [await course.wait() for course in courses]
    farm.go.touch()
    assert [end.kind for end in ends] == [EndKind.CANCELLED] * 2, ends


async def test_srun_hangs(farm: Farm) -> None:
    """srun and the process beside it do not move any more: the controller's word is enough, and both are ended."""
    executor = farm.rigs[ATTACHED].executor
    assert isinstance(executor, AttachedSlurm)
    executor.hung_s = 0.5
    course = farm.submit_waiting(ATTACHED)
    await course.until("ready\n")
    await wait_for(lambda: course.sink.nodes)
    processes = _find_processes("srun\0-Q\0-u\0", course.job.name)
    assert len(processes) == 2
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    await farm.do(lambda: farm.cluster.set_down(course.sink.nodes[0]))
    end = await course.wait()
    farm.go.touch()
    assert (end.kind, end.reason.split(" ")[0]) == (EndKind.LOST, "NODE_FAIL")
    assert [pid for pid in processes if is_alive(pid)] == []


async def test_a_controller_that_forgets(cluster: Cluster, tmp_path: Path) -> None:
    """A poll that fails says nothing. One that succeeds and does not know the job does: a detached job is lost, an
    attached one ends as srun and the wrapper say."""
    silent, forgetful = tmp_path / "silent", tmp_path / "forgetful"
    squeue = (
        f"[ -e {silent} ] && {{ echo x >>{silent}; echo broken >&2; exit 1; }}; [ -e {forgetful} ] && exit 0; "
        f'exec {_find("squeue")} "$@"'
    )
    commands = _make_commands(tmp_path / "bin", squeue=squeue)
    async with open_farm(cluster, tmp_path, commands=commands) as farm:
        attached, detached = await _begin(farm)
        silent.touch()
        await wait_for(lambda: silent.read_text().count("x") > 6)
        assert (attached.end, detached.end) == (None, None)
        forgetful.touch()
        silent.unlink()
        end = await detached.wait()
        assert (end.kind, end.reason) == (EndKind.LOST, "the controller does not know the job any more")
        farm.go.touch()
        assert (await attached.wait()).code == 6
        forgetful.unlink()


@pytest.mark.parametrize("status", ["exit 1", "kill -9 $$"])
async def test_an_answer_that_is_lost(cluster: Cluster, tmp_path: Path, status: str) -> None:
    """sbatch takes the job and its answer does not come: it is found by its name, and is not handed in twice."""
    told = "echo 'sbatch: error: Socket timed out on send/recv operation' >&2" if status == "exit 1" else ":"
    sbatch = f'{_find("sbatch")} "$@" >/dev/null; echo x >>{tmp_path}/calls; {told}; {status}'
    commands = _make_commands(tmp_path / "bin", sbatch=sbatch)
    async with open_farm(cluster, tmp_path, commands=commands, modes=(DETACHED,)) as farm:
        course = farm.submit(DETACHED, "exit 9")
        assert (await course.wait()).code == 9
        assert (tmp_path / "calls").read_text() == "x\n"


async def test_a_spool_that_is_full(cluster: Cluster, tmp_path: Path) -> None:
    """A disk that takes no more output is no success, even of a program that does not care."""
    async with open_farm(cluster, tmp_path, modes=(DETACHED,)) as farm:
        _detached(farm).shown_late_s = 0.5
        with _small_disk(tmp_path / "detached" / "spool"):
            course = farm.submit(DETACHED, "head -c 300000 /dev/zero; true")
            end = await course.wait()
        assert (end.kind, end.reason.endswith("is it full?")) == (EndKind.UNCONFIRMED, True), end
        assert len(course.output) > 0


async def test_a_spool_that_is_not_there(cluster: Cluster, tmp_path: Path) -> None:
    """A job whose output cannot be opened has not run, and says why."""
    async with open_farm(cluster, tmp_path, modes=(DETACHED,)) as farm:
        _detached(farm).shown_late_s = 0.5
        (tmp_path / "detached" / "spool").rmdir()
        course = farm.submit(DETACHED, f"touch {tmp_path}/ran")
        end = await course.wait()
        assert (end.kind, "could not write into" in end.reason) == (EndKind.REJECTED, True), end
        assert not (tmp_path / "ran").exists()
        (tmp_path / "detached" / "spool").mkdir()


def _detached(farm: Farm) -> DetachedSlurm:
    executor = farm.rigs[DETACHED].executor
    assert isinstance(executor, DetachedSlurm)
    return executor


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """A disk of 64 KiB in place of `folder`."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def _find(command: str) -> str:
    return shutil.which(command) or command


def _make_commands(folder: Path, **scripts: str) -> Path:
    """A directory with Slurm's commands, some of which are lines of shell."""
    folder.mkdir()
    for name in ("squeue", "sbatch", "srun", "scancel", "sinfo"):
        if name in scripts:
            (folder / name).write_text(f"#!/bin/sh\n{scripts[name]}\n")
            (folder / name).chmod(0o755)
        else:
            (folder / name).symlink_to(_find(name))
    return folder


def _find_processes(*words: str) -> list[int]:
    """Those whose command line has all of `words`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            line = path.read_bytes().decode(errors="replace")
            found += [int(path.parent.name)] if all(word in line for word in words) else []
    return found
