"""What happens to jobs of a cluster that is well otherwise, in both modes: an admin's hand, preemption, srun that hangs, a
controller that forgets, a spool that takes no more."""

import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from aegisd.core.job import EndKind
from tests.executors.conformance import wait_for
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


async def test_a_job_that_is_suspended(farm: Farm) -> None:
    """A suspended job goes on where it was."""
    courses = await _begin(farm)
    for course in courses:
        await farm.call("scontrol", "suspend", await _number(farm, course))
        await farm.until_state(course, "SUSPENDED")
    farm.go.touch()
    for course in courses:
        await farm.call("scontrol", "resume", await _number(farm, course))
    assert [(await course.wait()).code for course in courses] == [6, 6]


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


async def test_a_keeper_of_the_node_that_dies(farm: Farm) -> None:
    """kill -9 of slurmstepd, as by a lack of memory: srun hangs and Slurm says RUNNING, until somebody cancels the job.
    Then it has ended, and not well."""
    courses = await _begin(farm)
    for pid in _find_processes("slurmstepd"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for course in courses:
        await farm.call("scancel", await _number(farm, course))
    ends = [await course.wait() for course in courses]
    assert all(end.kind is not EndKind.EXITED for end in ends), ends


def _find_processes(word: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if word in path.read_bytes().decode(errors="replace"):
                found.append(int(path.parent.name))
    return found
