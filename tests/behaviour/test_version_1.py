"""A store and a configuration of version 1 open for ever: nobody loses a history, or rewrites a file, by an upgrade.

tests/data/v1 is what version 1 has left. Until it is there, the test makes one anew: `tests/data/make_v1.py`.
"""

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aegisd.config.loader import check_files
from aegisd.steps import SPECS
from aegisd.store.artifact_check import check_artifacts
from aegisd.store.verification import verify_store
from tests.behaviour.host import Host, program
from tests.data.make_v1 import DAEMON, HERE, make
from tests.source import ROOT


@pytest.fixture(scope="module")
def version_1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What version 1 has left."""
    if HERE.exists():
        return HERE
    made = tmp_path_factory.mktemp("made") / "v1"
    make(made)
    return made


@pytest.fixture
def host(version_1: Path, make_host: Callable[..., Host]) -> Host:
    """A host with a copy of it, not started."""
    host = make_host((version_1 / "workflows.toml").read_text(), start=False, daemon=DAEMON)
    shutil.copytree(version_1 / "state", host.state_dir)
    return host


@pytest.fixture
def expected(version_1: Path) -> dict[str, Any]:
    """What the doors of version 1 said."""
    return dict(json.loads((version_1 / "expected.json").read_text()))


def test_history_is_kept(host: Host, expected: dict[str, Any]) -> None:
    """Each event is the same, each run ended as it had, and artifacts, output and tokens are there."""
    words = [*program("aegisd"), "--config", str(host.config_path), "--check"]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert "schema 1" in told.stdout
    host.start()
    last = expected["events"][-1]["seq"]
    assert [event for event in host.events() if event["seq"] <= last] == expected["events"]
    ended = [run for run in expected["runs"] if run["state"] == "finished"]
    assert {run["result"] for run in ended} == {"success", "failure", "timeout", "cancellation"}
    for run in ended:
        assert host.show(run["id"])["run"]["result"] == run["result"]
    for artifact in expected["artifacts"]:
        answers = host.stream("ReadArtifact", run=artifact["run"], key=artifact["key"])
        data = b"".join(base64.b64decode(answer["data"]) for answer in answers if answer.get("data"))
        assert hashlib.sha256(data).hexdigest() == artifact["sha256"]
    assert host.output(1, "hello").decode() == expected["output"] == "hello v1\n"
    assert [token["name"] for token in host.call("ListTokens")["tokens"]] == expected["tokens"] == ["ci"]
    assert host.stop() == 0
    assert [fault.text for fault in verify_store(host.state_dir / "store.sqlite").faults] == []
    assert list(check_artifacts(host.state_dir / "store.sqlite", host.state_dir / "artifacts")) == []


def test_work_goes_on(host: Host, expected: dict[str, Any]) -> None:
    """What version 1 had not finished is taken up, an old run can be tried again, and numbers go on."""
    host.start()
    open_runs = {run["workflow"]: run["id"] for run in reversed(expected["runs"]) if run["state"] != "finished"}
    host.wait_until(lambda: host.call("ListApprovals")["approvals"])
    host.call("DecideApproval", run=open_runs["release"], approve=True)
    assert host.finish(open_runs["release"])["result"] == "success"
    resumed = [run["id"] for run in expected["runs"] if run["state"] != "finished" and run["workflow"] == "long"]
    assert len(resumed) == 2
    for run in resumed:
        host.call("CancelRun", run=run)
        assert host.finish(run)["result"] == "cancellation"
    newest = max(run["id"] for run in expected["runs"])
    again = int(host.call("RetryRun", run=1)["run"])
    assert again == newest + 1
    assert host.finish(again)["result"] == "success"


def test_configuration_is_read(version_1: Path) -> None:
    """The example of version 1, with all keys that it had, is still one that aegisd starts with."""
    found = check_files([str(version_1 / "aegis.toml")], step_types=SPECS, environment={}, stdin_text=None)
    assert [problem.message for problem in found[1]] == []
