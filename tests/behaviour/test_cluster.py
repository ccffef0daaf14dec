"""Runs on a real cluster of two nodes, driven by the real aegisd: what a user sees of them, what a kill -9 leaves."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.behaviour.host import Host
from tests.executors.slurm_cluster import Cluster, open_cluster

PATIENCE = 90.0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests of this file."""
    with open_cluster(tmp_path_factory.mktemp("slurm")) as opened:
        yield opened


class Farm:
    """A host with a cluster behind it."""

    def __init__(self, cluster: Cluster, folder: Path, *, daemon: str = "", bind: str = "[]") -> None:
        self.cluster = cluster
        (folder / "spool").mkdir()
        self.folder = self.shared = folder
        self.host = Host(folder, "", daemon=f'grace = "1s"\n{daemon}', bind=bind)

    def start(self, mode: str, *steps: str, more: str = "", workflow: str = "") -> Host:
        """Start aegisd with a workflow of `steps` (TOML)."""
        spool = f'spool = "{self.folder / "spool"}"\n' if mode == "detached" else ""
        farm = f'[executors.farm]\ntype = "slurm"\nmode = "{mode}"\nconf = "{self.cluster.conf}"\n{spool}'
        farm += f'poll_interval = "100ms"\ngrace = "1s"\nsubmit_rate = 100\n{more}\n'
        head = f'[workflows.w]\nexecutor = "farm"\n{workflow}\n'
        self.host.write_config(farm + head + "".join(f"[[workflows.w.steps]]\n{step}\n" for step in steps))
        self.host.start()
        return self.host

    def waiting_step(self, name: str, then: str) -> str:
        """A step that tells where it is and waits for a file."""
        script = f"echo one; touch {self.at(name)}; until [ -e {self.at('go')} ]; do sleep 0.1; done; {then}"
        return f"name = '{name}'\nrun = '{script}'"

    def at(self, name: str) -> Path:
        """A file that test and steps talk by."""
        return self.folder / f"at-{name}"


@pytest.fixture
def farm(cluster: Cluster, tmp_path: Path) -> Iterator[Farm]:
    """A host whose workflow runs on the cluster."""
    made = Farm(cluster, tmp_path)
    yield made
    if made.host.process is not None and made.host.process.poll() is None:
        made.host.stop()
    made.host.wait_until(lambda: not cluster.live(), PATIENCE)


@pytest.mark.parametrize("mode", ["attached", "detached"])
def test_a_run_looks_like_a_local_one(farm: Farm, mode: str) -> None:
    """Output, exit code, environment, artifacts and attempts of steps on a cluster; where they ran is told."""
    host = farm.start(
        mode,
        "name = 'make'\nrun = 'echo cpus=$AEGIS_CPUS of $AEGIS_STEP; echo made >out.txt'\nartifacts = ['out.txt']\n"
        "resources = { cpus = 3 }",
        "name = 'fail'\nrun = 'echo try $AEGIS_ATTEMPT; exit 7'\nretries = 1\nretry_delay = '10ms'",
    )
    run = host.run("w")
    assert host.finish(run)["result"] == "failure"
    assert host.output(run, "make") == b"cpus=3 of make\n"
    step = host.step(run, "fail")
    assert (step["exit_code"], step["attempt"], step["result"]) == (7, 2, "failure")
    assert host.output(run, "fail") == b"try 2\n"
    assert host.call("ListArtifacts", run=run)["artifacts"][0]["key"] == "out.txt"
    told = [event["type"] for event in host.events(run=run, steps=["make"])]
    assert told[:3] == ["step.started", "step.submitted", "step.placed"] or "step.waiting" in told
    assert host.step(run, "make")["job"]["nodes"] in {"n1", "n2"}
    assert farm.cluster.live() == []
    seen = host.call("ListExecutors")["executors"][0]
    assert (seen["name"], seen["state"], seen["nodes"]) == ("farm", "up", {"idle": 2})
    assert host.ctl("executors").stdout.startswith("farm\tslurm\tup\t0\t0\t2 idle")


@pytest.mark.parametrize("mode", ["attached", "detached"])
def test_a_lost_node_is_no_success(farm: Farm, mode: str) -> None:
    """The node is lost under a running step: srun says 0, aegis says error, and only `retry_on` runs it again."""
    host = farm.start(mode, farm.waiting_step("once", "true"), workflow="[workflows.w.params]\nx = '1'")
    run = host.run("w")
    host.wait_until(lambda: farm.at("once").exists(), PATIENCE)
    node = host.wait_until(lambda: (host.step(run, "once")["job"] or {}).get("nodes"), PATIENCE)
    farm.cluster.set_down(node)
    try:
        ended = host.finish(run)
    finally:
        farm.cluster.resume(node)
        farm.at("go").touch()
    assert ended["result"] == "error"
    assert host.step(run, "once")["reason"].startswith("lost: NODE_FAIL")
    farm.cluster.wait_idle()


def test_a_lost_step_is_repeated_where_it_says_so(farm: Farm) -> None:
    """With `retry_on = ["lost"]` the step runs again, elsewhere, and knows which attempt it is."""
    script = f"echo try $AEGIS_ATTEMPT; touch {farm.at('once')}; [ $AEGIS_ATTEMPT = 2 ] || sleep 600"
    step = f"name = 'once'\nrun = '{script}'\nretries = 1\nretry_delay = '10ms'\nretry_on = ['lost']"
    host = farm.start("attached", step)
    run = host.run("w")
    node = host.wait_until(lambda: (host.step(run, "once")["job"] or {}).get("nodes"), PATIENCE)
    farm.cluster.set_down(node)
    try:
        assert host.finish(run)["result"] == "success"
    finally:
        farm.cluster.resume(node)
    assert host.step(run, "once")["attempt"] == 2
    farm.cluster.wait_idle()


def test_detached_steps_are_taken_over(farm: Farm) -> None:
    """kill -9 of aegisd in the middle of a detached step: the next one has its whole output and its end, once."""
    host = farm.start("detached", farm.waiting_step("long", "echo two; exit 4"))
    run = host.run("w")
    host.wait_until(lambda: farm.at("long").exists(), PATIENCE)
    host.wait_until(lambda: host.output(run, "long") == b"one\n", PATIENCE)
    host.kill()
    farm.at("go").touch()
    host.start()
    host.finish(run)
    step = host.step(run, "long")
    assert (step["exit_code"], step["attempt"], host.output(run, "long")) == (4, 1, b"one\ntwo\n")


def test_attached_steps_are_reaped_and_repeated(farm: Farm) -> None:
    """kill -9 of aegisd in the middle of an attached step: its job is gone before the step is executed again."""
    script = f"echo $AEGIS_ATTEMPT; touch {farm.at('run')}; [ $AEGIS_ATTEMPT = 2 ] || sleep 600"
    host = farm.start("attached", f"name = 'long'\nrun = '{script}'")
    run = host.run("w")
    host.wait_until(lambda: farm.at("run").exists(), PATIENCE)
    host.kill()
    host.start()
    assert host.finish(run)["result"] == "success"
    assert host.step(run, "long")["attempt"] == 2
    assert sorted(farm.cluster.states().values()).count("RUNNING") == 0


@pytest.mark.parametrize("mode", ["attached", "detached"])
def test_the_limit_does_not_run_in_the_queue(farm: Farm, mode: str) -> None:
    """A step that waits longer than its timeout is shown as waiting, and passes; one that runs longer is ended."""
    host = farm.start(
        mode, "name = 'quick'\nrun = 'true'\ntimeout = '1s'", "name = 'slow'\nrun = 'sleep 600'\ntimeout = '1s'"
    )
    farm.cluster.hold_queue()
    try:
        run = host.run("w")
        host.wait_until(lambda: (host.step(run, "quick")["job"] or {}).get("waits_for"), PATIENCE)
        assert "waits at farm" in host.ctl("show", str(run)).stdout
        assert "waits at farm" in host.ctl("why", str(run), "quick").stdout
        host.wait_until(lambda: _has_passed(host, run, 2.0), PATIENCE)
        assert host.step(run, "quick")["state"] == "executing"
    finally:
        farm.cluster.release_queue()
    assert host.finish(run)["result"] == "failure"
    assert host.step(run, "quick")["result"] == "success"
    assert host.step(run, "slow")["result"] == "timeout"


def _has_passed(host: Host, run: int, seconds: float) -> bool:
    """Whether a run has been executing for so long."""
    started = dt.datetime.fromisoformat(host.show(run)["run"]["started_at"])
    return (dt.datetime.now(dt.UTC) - started).total_seconds() > seconds
