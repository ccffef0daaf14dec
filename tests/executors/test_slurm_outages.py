"""A controller of Slurm that is killed, hangs or is away, in both modes on a real cluster: what ran ends right, nothing
runs twice, and nobody claims what nobody knows."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from aegisd.core.job import EndKind
from tests.executors.conformance import wait_for
from tests.executors.slurm_cluster import Cluster, open_cluster
from tests.executors.slurm_rigs import ATTACHED, DETACHED, Farm, open_farm


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


async def test_a_controller_that_is_away(farm: Farm) -> None:
    """Without a controller new jobs wait, as long as their `queue_timeout`; a step ends without it where srun and the
    wrapper say the same, else when it is back. What the controller then takes for running is cancelled."""
    attached = farm.submit_waiting(ATTACHED)
    late = farm.folder / "late"  # slurmstepd tries again after 15 s to say how a batch job ended
    detached = farm.submit(DETACHED, f"echo ready; until [ -e {late} ]; do sleep 0.05; done; exit 6")
    for course in (attached, detached):
        await course.until("ready\n")
        await farm.until_state(course, "RUNNING")
    await farm.do(farm.cluster.stop_controller)
    try:
        await wait_for(lambda: all(rig.executor.silence for rig in farm.rigs.values()))
        hasty = [farm.submit(mode, "exit 8", queue_timeout=0.5) for mode in (ATTACHED, DETACHED)]
        patient = [farm.submit(mode, "exit 9") for mode in (ATTACHED, DETACHED)]
        farm.go.touch()
        refused = [await course.wait() for course in hasty]
        assert [end.kind for end in refused] == [EndKind.REJECTED] * 2
        assert all("has not answered for 0.5 s: Unable to contact" in end.reason for end in refused), refused
        assert ((await attached.wait()).code, detached.end) == (6, None)
        assert [course.end for course in patient] == [None, None]
    finally:
        await farm.do(farm.cluster.start_controller)
    late.touch()
    assert (await detached.wait()).code == 6
    assert [(await course.wait()).code for course in patient] == [9, 9]
    await wait_for(lambda: farm.cluster.states()[attached.job.name] in {"COMPLETING", "CANCELLED"})
    assert [rig.executor.silence for rig in farm.rigs.values()] == [None, None]


async def test_a_controller_that_is_killed(farm: Farm) -> None:
    """kill -9 of slurmctld, which then knows what it had saved: a step that it saved as running ends right. One that it
    saved as waiting, or not at all, is lost, for it has been running: never `cancelled`, never a success."""
    cluster = farm.cluster
    saved = [farm.submit_waiting(mode) for mode in (ATTACHED, DETACHED)]
    for course in saved:
        await course.until("ready\n")
    await farm.do(cluster.hold_queue)
    waiting = [farm.submit_waiting(mode) for mode in (ATTACHED, DETACHED)]
    await wait_for(lambda: all(cluster.has_saved(course.job.name) for course in waiting))
    cluster.save_memory()
    await farm.do(cluster.release_queue)
    unsaved = [farm.submit_waiting(mode) for mode in (ATTACHED, DETACHED)]
    for course in (*waiting, *unsaved):
        await course.until("ready\n")
    for course in (*saved, *waiting, *unsaved):
        await wait_for(lambda course=course: course.sink.nodes)
    await farm.do(cluster.kill_controller)
    cluster.restore_memory()
    await farm.do(cluster.start_controller)
    lost = [await course.wait() for course in (*waiting, *unsaved)]
    assert [end.kind for end in lost] == [EndKind.LOST] * 4, lost
    assert "began it a second time" in lost[0].reason
    farm.go.touch()
    ends = [await course.wait() for course in saved]
    assert [(end.kind, end.code, end.reason) for end in ends] == [(EndKind.EXITED, 6, "")] * 2
    assert all(course.output.count("ready") == 1 for course in (*waiting, *unsaved))


async def test_a_controller_that_hangs(farm: Farm) -> None:
    """SIGSTOP of slurmctld: commands get no answer, and what they asked for is done once it goes on. Nothing is handed
    in twice, nothing that runs is lost."""
    running = [farm.submit_waiting(mode) for mode in (ATTACHED, DETACHED)]
    for course in running:
        await course.until("ready\n")
    farm.cluster.hang_controller()
    try:
        late = [farm.submit(mode, f"echo x >>{farm.folder}/{mode.value}.ran; exit 7") for mode in (ATTACHED, DETACHED)]
        for course in late:
            await wait_for(lambda course=course: any("does not answer" in each for each in course.sink.waited))
    finally:
        farm.cluster.wake_controller()
    farm.go.touch()
    ends = [await course.wait() for course in (*running, *late)]
    assert [(end.kind, end.code) for end in ends] == [(EndKind.EXITED, 6)] * 2 + [(EndKind.EXITED, 7)] * 2
    for mode in (ATTACHED, DETACHED):
        assert (farm.folder / f"{mode.value}.ran").read_text() == "x\n"
