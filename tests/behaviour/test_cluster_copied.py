"""Steps on nodes that do not see the run's directory: a copy goes there, and what the steps leave comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.behaviour.test_cluster import PATIENCE, Farm
from tests.executors.slurm_cluster import Cluster, open_cluster


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this host that no node sees."""
    return tmp_path_factory.mktemp("hidden")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, hidden: Path) -> Iterator[Cluster]:
    """One cluster for all tests of this file."""
    with open_cluster(tmp_path_factory.mktemp("slurm"), hidden=hidden) as opened:
        yield opened


@pytest.fixture
def farm(cluster: Cluster, hidden: Path, tmp_path: Path) -> Iterator[Farm]:
    """A host all of whose files are in the hidden folder; steps and test meet in another one."""
    folder = hidden / tmp_path.name
    folder.mkdir()
    (tmp_path / "scratch").mkdir()
    made = Farm(cluster, folder)
    made.shared = tmp_path
    yield made
    if made.host.process is not None and made.host.process.poll() is None:
        made.host.stop()
    made.host.wait_until(lambda: not cluster.live(), PATIENCE)


def _copied(farm: Farm, more: str = "") -> str:
    return f'allocation = "run"\nworkspace = "copied"\nscratch = "{farm.shared / "scratch"}"\n{more}'


def _left(farm: Farm) -> list[str]:
    return [path.name for path in (farm.shared / "scratch").iterdir()]


def test_from_the_run_to_its_artifacts(farm: Farm) -> None:
    """A step of this host prepares files, steps on the node change them and see each other's, and what they declare or
    leave is in the run as if they had run here; what else they made does not come back, and nothing stays there."""
    host = farm.start(
        "attached",
        "name = 'prepare'\nexecutor = 'local'\nrun = 'mkdir -p src; echo source >src/a; ln -s a src/link; umask 022; "
        'echo "echo tool" >tool; chmod +x tool; ls -d $AEGIS_HELPERS\'',
        "name = 'build'\nrun = 'test ! -e " + str(farm.folder / "aegis.toml") + " || exit 9; "
        "[ $PWD = $AEGIS_WORKSPACE ] || exit 8; ls $AEGIS_HELPERS/aegis_emit.py >/dev/null || exit 7; "
        "./tool; mkdir -p out/deep; cat src/link >out/deep/b; echo junk >out/junk; "
        "echo doc >$AEGIS_ARTIFACTS/doc.txt'\nartifacts = ['out/**/b']",
        "name = 'fail'\nrun = 'cat out/deep/b; echo log >fail.log; exit 3'\nartifacts = ['*.log']\n"
        "allow_failure = true",
        "name = 'report'\nexecutor = 'local'\nrun = 'find . -type f | sort'",
        more=_copied(farm),
    )
    run = host.run("w")
    assert host.finish(run)["result"] == "success", [host.output(run, name) for name in ("prepare", "build", "fail")]
    assert (host.output(run, "build"), host.output(run, "fail")) == (b"tool\n", b"source\n")
    assert host.step(run, "fail")["exit_code"] == 3
    kept = {each["key"] for each in host.call("ListArtifacts", run=run)["artifacts"]}
    assert kept == {"out/deep/b", "doc.txt", "fail.log"}
    assert host.output(run, "report").decode().split() == ["./fail.log", "./out/deep/b", "./src/a", "./tool"]
    assert (_left(farm), farm.cluster.live()) == ([], [])


def test_too_much_is_refused_with_words(farm: Farm) -> None:
    """A directory that is larger than `copy_limit` goes nowhere, and the step says why; so does what a step leaves."""
    host = farm.start(
        "attached",
        "name = 'prepare'\nexecutor = 'local'\nrun = 'mkdir d; head -c $AEGIS_PARAM_SIZE /dev/zero >d/large'",
        "name = 'build'\nrun = 'head -c 200000 /dev/zero >$AEGIS_ARTIFACTS/large'",
        more=_copied(farm, 'copy_limit = "100KiB"'),
        workflow="params = { size = '1' }",
    )
    run = host.run("w", size="200000")
    assert host.finish(run)["result"] == "error"
    assert "there is more than 100 KiB to copy" in host.step(run, "build")["reason"]
    run = host.run("w")
    assert host.finish(run)["result"] == "error"
    assert "there is more than 100 KiB to bring back" in host.step(run, "build")["reason"]
    assert (_left(farm), farm.cluster.live()) == ([], [])


@pytest.mark.parametrize("how", ["cancel", "timeout", "kill"])
def test_nothing_stays_there(farm: Farm, how: str) -> None:
    """The copy is gone when the run is, however it ends; also when aegisd is killed, and read-only folders too."""
    script = f"mkdir -p d/e; chmod 500 d; touch {farm.shared}/up; [ $AEGIS_ATTEMPT = 2 ] || sleep 600"
    step = f"name = 'long'\nrun = '{script}'\n" + ("timeout = '3s'" if how == "timeout" else "")
    host = farm.start("attached", step, more=_copied(farm))
    run = host.run("w")
    host.wait_until((farm.shared / "up").exists, PATIENCE)
    assert len(_left(farm)) == 1
    if how == "kill":
        host.kill()
        host.wait_until(lambda: _left(farm) == [], PATIENCE)
        host.start()
    elif how == "cancel":
        host.call("CancelRun", run=run)
    ended = host.finish(run)["result"]
    assert ended == {"cancel": "cancellation", "timeout": "failure", "kill": "success"}[how]
    assert (_left(farm), farm.cluster.live()) == ([], [])
