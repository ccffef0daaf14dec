"""What a user sees of a controller of Slurm that does not answer, and steps on a cluster that go on while aegisd is
replaced in good order."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.behaviour.host import Host
from tests.behaviour.ports import free_port
from tests.behaviour.test_cluster import PATIENCE, Farm
from tests.behaviour.test_page import Client
from tests.executors.slurm_cluster import Cluster, open_cluster
from tests.source import ROOT


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests of this file."""
    with open_cluster(tmp_path_factory.mktemp("slurm")) as opened:
        yield opened


@pytest.fixture
def port() -> int:
    """Where the page is."""
    return free_port()


@pytest.fixture
def farm(cluster: Cluster, tmp_path: Path, port: int) -> Iterator[Farm]:
    """A host that leaves its programs to the next aegisd, with the page."""
    made = Farm(cluster, tmp_path, daemon='on_stop = "adopt"', bind=f'["127.0.0.1:{port}"]')
    yield made
    if made.host.process is not None and made.host.process.poll() is None:
        made.host.stop(signal.SIGINT)
    made.host.wait_until(lambda: not cluster.live(), PATIENCE)


def test_a_detached_step_goes_on(farm: Farm) -> None:
    """A restart of aegisd in good order with `on_stop = "adopt"`: the job runs on, and the next aegisd has its whole
    log, its exit code and one end of it; it began once."""
    host = farm.start("detached", farm.waiting_step("long", "echo two; exit 4"))
    run = host.run("w")
    host.wait_until(lambda: host.output(run, "long") == b"one\n", PATIENCE)
    node = host.wait_until(lambda: (host.step(run, "long")["job"] or {}).get("nodes"), PATIENCE)
    assert host.stop() == 0
    assert list(farm.cluster.states().values()) == ["RUNNING"]
    host.start()
    farm.at("go").touch()
    assert host.finish(run)["result"] == "failure"
    step = host.step(run, "long")
    assert (step["exit_code"], step["attempt"], host.output(run, "long")) == (4, 1, b"one\ntwo\n")
    assert step["job"]["nodes"] == node
    told = [event["type"] for event in host.events(run=run) if event.get("step") == "long"]
    assert [told.count(each) for each in ("step.submitted", "step.placed", "step.completed")] == [1, 1, 1]
    assert host.events(types=["daemon.started"])[-1]["data"]["interrupted"] == []


def test_a_silent_controller_is_told(farm: Farm, port: int) -> None:
    """While the controller does not answer, `executors`, `show` and `why` say for how long, of a step that runs and of
    one that waits; `watch` says what a step waits for, once."""
    host = farm.start("detached", farm.waiting_step("long", "exit 0"), workflow="max_concurrent = 2")
    run = host.run("w")
    host.wait_until(lambda: (host.step(run, "long")["job"] or {}).get("nodes"), PATIENCE)
    farm.cluster.stop_controller()
    try:
        host.wait_until(lambda: host.step(run, "long")["job"]["silent_s"], PATIENCE)
        assert re.search(r"on n[12] \(farm has not answered for [\d.]+m?s\)", host.ctl("show", str(run)).stdout)
        assert "farm has not answered for" in host.ctl("why", str(run), "long").stdout
        assert "Unable to contact slurm controller" in host.ctl("why", str(run)).stdout
        assert host.ctl("executors", "--exit-status", check=1).stdout.startswith("farm\tslurm\tdown\t")
        assert host.call("ListExecutors")["executors"][0]["silent_s"] > 0
        page = Client(host, port)
        assert re.search(r"down for \d+:\d\d<", page.ask("/executors")[2].decode())
        assert "has not answered for" in page.ask(f"/runs/{run}/steps/long")[2].decode()
        late = host.run("w")
        wait = host.wait_until(lambda: (host.step(late, "long")["job"] or {}).get("waits_for"), PATIENCE)
        assert wait.startswith("the controller does not answer: ")
        watching = _watch(host, late)
    finally:
        farm.cluster.start_controller()
    farm.at("go").touch()
    assert [host.finish(each)["result"] for each in (run, late)] == ["success", "success"]
    _, said = watching.communicate(timeout=60)
    assert len(re.findall(r"waiting +long: waits at farm: the controller does not answer", said)) == 1
    assert re.search(r"running +long: on n[12] \(farm\) after ", said)
    assert host.step(run, "long")["job"]["silent_s"] is None
    assert "not answered" not in host.ctl("why", str(run)).stdout


def _watch(host: Host, run: int) -> "subprocess.Popen[str]":
    program = [sys.executable, "-m", "aegisctl", "--socket", str(host.socket), "watch", str(run)]
    return subprocess.Popen(
        program, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
