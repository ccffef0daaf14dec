"""`docs/examples/cluster.toml` on a real cluster: fifty parts at once, while a node is lost and aegisd is killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.behaviour.host import Host
from tests.executors.slurm_cluster import Cluster, open_cluster
from tests.source import ROOT

EXAMPLE = (ROOT / "docs" / "examples" / "cluster.toml").read_text()
PATIENCE = 120.0
PARTS = [f"part-{number:02}" for number in range(1, 51)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests of this file."""
    with open_cluster(tmp_path_factory.mktemp("slurm")) as opened:
        yield opened


@pytest.mark.parametrize("mode", ["attached", "detached"])
def test_fifty_parts(cluster: Cluster, tmp_path: Path, mode: str) -> None:
    """All parts pass although a node is lost under them and then aegisd is killed: those of the lost node run twice,
    attached ones also after the kill; each has left its artifact, and nothing is left on the cluster."""
    spool = f'spool = "{tmp_path}"\n' if mode == "detached" else ""
    own = f'mode = "{mode}"\nconf = "{cluster.conf}"\nsubmit_rate = 100\npoll_interval = "200ms"\n{spool}'
    host = Host(tmp_path, EXAMPLE.replace('mode = "attached"                 #', f"{own}#"))
    host.start()
    try:
        run = host.run("suite", seconds="4")
        host.wait_until(lambda: _on_node(host, run, "n2") >= 5, PATIENCE)
        cluster.set_down("n2")
        host.wait_until(lambda: host.events(run=run, types=["step.retrying"]), PATIENCE)
        cluster.resume("n2")
        host.kill()
        host.start()
        ended = host.finish(run)
        steps = {step["name"]: step for step in host.show(run)["steps"]}
        assert (ended["result"], ended["failed_steps"]) == ("success", [])
        assert [name for name in PARTS if steps[name]["result"] != "success"] == []
        lost = [each for name in PARTS for each in steps[name]["attempts"] if (each["error"] or "").startswith("lost")]
        assert lost
        kept = {each["key"] for each in host.call("ListArtifacts", run=run)["artifacts"]}
        assert kept == {f"parts/{name}.txt" for name in PARTS}
        assert len(host.output(run, "report").splitlines()) == len(PARTS)
        assert cluster.live() == []
    finally:
        cluster.resume("n2")
        host.stop()


def _on_node(host: Host, run: int, node: str) -> int:
    """How many parts run there."""
    return sum(step["name"] in PARTS and (step["job"] or {}).get("nodes") == node for step in host.show(run)["steps"])
