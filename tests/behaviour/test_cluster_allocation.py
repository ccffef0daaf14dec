"""Runs with one allocation for all of their steps, on a real cluster and with the real aegisd."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.behaviour.test_cluster import PATIENCE, Farm
from tests.executors.slurm_cluster import Cluster, open_cluster

RUN = 'allocation = "run"\n'


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests of this file."""
    with open_cluster(tmp_path_factory.mktemp("slurm")) as opened:
        yield opened


@pytest.fixture
def farm(cluster: Cluster, tmp_path: Path) -> Iterator[Farm]:
    """A host whose workflow runs on the cluster."""
    made = Farm(cluster, tmp_path)
    yield made
    if made.host.process is not None and made.host.process.poll() is None:
        made.host.stop()
    made.host.wait_until(lambda: not cluster.live(), PATIENCE)


def _job_id(name: str, then: str = "true", more: str = "") -> str:
    """A step that tells which allocation it is in."""
    return f"name = '{name}'\nrun = 'echo $SLURM_JOB_ID; {then}'\n{more}"


def test_a_run_has_one_allocation(farm: Farm) -> None:
    """All steps of a run and their attempts are in one allocation, which is gone when the run has ended."""
    host = farm.start(
        "attached",
        _job_id("a", more="parallel = true"),
        _job_id("b", more="parallel = true\nresources = { cpus = 3 }"),
        _job_id("c", "exit $((2 - AEGIS_ATTEMPT))", "retries = 1\nretry_delay = '10ms'"),
        more=RUN,
    )
    for _ in range(2):
        run = host.run("w")
        assert host.finish(run)["result"] == "success"
        assert farm.cluster.live() == []
        assert host.step(run, "c")["attempt"] == 2
        assert len({host.output(run, name) for name in "abc"}) == 1
    assert sorted(farm.cluster.states().values()) == ["COMPLETED", "COMPLETED"]


def test_it_goes_back_however_the_run_ends(farm: Farm) -> None:
    """A run that is cancelled has given its allocation back when it is over, and was shown as waiting before."""
    host = farm.start("attached", farm.waiting_step("long", "true"), more=RUN)
    farm.cluster.hold_queue()
    try:
        run = host.run("w")
        host.wait_until(lambda: (host.step(run, "long")["job"] or {}).get("waits_for") == "PartitionDown", PATIENCE)
    finally:
        farm.cluster.release_queue()
    host.wait_until(lambda: farm.at("long").exists(), PATIENCE)
    assert len(farm.cluster.live()) == 1
    host.call("CancelRun", run=run)
    assert host.finish(run)["result"] == "cancellation"
    assert farm.cluster.live() == []


def test_kill_9_gives_it_back(farm: Farm) -> None:
    """However aegisd ends, no allocation stays: one that is held goes back by itself, one that is only asked for is
    ended by the next aegisd. The steps are executed again in a new one."""
    script = f"echo $AEGIS_ATTEMPT; touch {farm.at('run')}; [ $AEGIS_ATTEMPT = 3 ] || sleep 600"
    host = farm.start("attached", f"name = 'long'\nrun = '{script}'", more=RUN)
    run = host.run("w")
    host.wait_until(lambda: farm.at("run").exists(), PATIENCE)
    host.kill()
    host.wait_until(lambda: farm.cluster.live() == [], PATIENCE)
    farm.cluster.hold_queue()
    try:
        host.start()
        host.wait_until(farm.cluster.live, PATIENCE)
        host.kill()
        before = set(farm.cluster.call("squeue", "-h", "-t", "PD", "-o", "%i").split())
        host.start()
        host.wait_until(lambda: _is_replaced(farm, before), PATIENCE)
    finally:
        farm.cluster.release_queue()
    assert host.finish(run)["result"] == "success"
    assert host.step(run, "long")["attempt"] == 3
    assert farm.cluster.live() == []


def _is_replaced(farm: Farm, before: set[str]) -> bool:
    """Whether another request is there, and none of those before."""
    now = set(farm.cluster.call("squeue", "-h", "-t", "PD", "-o", "%i").split())
    return bool(now) and not now & before
