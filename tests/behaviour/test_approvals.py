"""A run waits for a person: without a slot, through restarts, until somebody decides."""

import signal
from collections.abc import Callable

import pytest

from tests.behaviour.host import Host, RefusedError

MakeHost = Callable[..., Host]

CONFIG = """
[workflows.release]
params = { version = "1.4.0" }

[[workflows.release.steps]]
name = "build"
run = "echo built"

[[workflows.release.steps]]
name = "ask"
type = "approval"
message = "Release {version}?"
timeout = "1h"

[[workflows.release.steps]]
name = "publish"
run = "echo published"

[workflows.other]
[[workflows.other.steps]]
run = "true"
"""


def _wait_for_question(host: Host) -> None:
    host.wait_until(lambda: host.call("ListApprovals")["approvals"])


def test_approved(make_host: MakeHost) -> None:
    """The run holds no slot while it waits, is shown wherever people look, and goes on when somebody approves."""
    host = make_host(CONFIG, daemon="runs = 1")
    run = host.run("release")
    _wait_for_question(host)
    assert host.finish(host.run("other"))["result"] == "success"
    (approval,) = host.call("GetStatus")["approvals"]
    assert (approval["run"], approval["step"], approval["message"]) == (run, "ask", "Release 1.4.0?")
    assert 3500 < approval["left_s"] <= 3600
    assert "asks     release #1 ask: Release 1.4.0?" in host.ctl("status").stdout
    assert "asks: Release 1.4.0?" in host.ctl("show", "1").stdout
    assert "ask waits for a person: aegisctl approve 1 ask" in host.ctl("why", "1").stdout
    assert host.ctl("approve").stdout.startswith("1\trelease\task\tRelease 1.4.0?\t")
    told = host.ctl("approve", "1", "--reason", "the numbers are fine")
    assert told.stdout == "approved ask of release #1\n"
    assert host.finish(run)["result"] == "success"
    (granted,) = host.events(run=run, types=["approval.granted"])
    assert granted["data"]["reason"] == "the numbers are fine"
    assert granted["data"]["by"]
    assert host.call("GetResult", run=run, step="ask")["data"]["decision"] == "approved"
    with pytest.raises(RefusedError, match="waits for no approval"):
        host.call("DecideApproval", run=run, approve=True)


def test_told_to_who_watches(make_host: MakeHost) -> None:
    """Who waits for the run with `watch` is told what it asks, how to answer, and what was answered."""
    host = make_host(CONFIG)
    run = host.run("release")
    _wait_for_question(host)
    host.ctl("approve", str(run))
    host.finish(run)
    told = host.ctl("watch", str(run)).stderr
    assert "asks      ask: Release 1.4.0? (aegisctl approve 1)" in told
    assert "approved  ask: by " in told


def test_rejected_and_cancelled(make_host: MakeHost) -> None:
    """A rejection fails the step with who and why, whatever `retries` say; a cancellation ends the waiting."""
    host = make_host(CONFIG.replace('timeout = "1h"', "retries = 3"))
    run = host.run("release")
    _wait_for_question(host)
    assert "rejected ask of release #1" in host.ctl("reject", "release", "--reason", "not on a Friday").stdout
    assert host.finish(run)["result"] == "failure"
    assert "rejected by" in host.step(run, "ask")["reason"]
    assert host.step(run, "ask")["reason"].endswith(": not on a Friday")
    assert host.step(run, "publish")["result"] == "skip"
    assert "not on a Friday" in host.ctl("why", str(run)).stdout
    second = host.run("release")
    _wait_for_question(host)
    host.ctl("cancel", str(second))
    assert host.show(second)["run"]["result"] == "cancellation"
    assert host.call("ListApprovals")["approvals"] == []


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_survives_a_restart(make_host: MakeHost, end: int) -> None:
    """The question is the same after aegisd was stopped or killed: same event, same moment, no attempt cut short; what
    was decided before the end is not asked again."""
    host = make_host(CONFIG)
    run = host.run("release")
    _wait_for_question(host)
    (before,) = host.call("ListApprovals")["approvals"]
    host.stop(end)
    host.start()
    (after,) = host.call("ListApprovals")["approvals"]
    assert {**after, "left_s": 0} == {**before, "left_s": 0}
    assert after["left_s"] < before["left_s"]
    host.ctl("approve", str(run))
    assert host.finish(run)["result"] == "success"
    types = [event["type"] for event in host.events(run=run)]
    assert (types.count("approval.requested"), types.count("approval.granted")) == (1, 1)
    assert ("workflow.resumed" in types, "step.interrupted" in types) == (True, False)
    assert len(host.step(run, "ask")["attempts"]) == 1
    assert host.output(run, "build") == b"built\n"


def test_expired(make_host: MakeHost) -> None:
    """Nobody decides: the step times out, and the event says so."""
    host = make_host(CONFIG.replace('"1h"', '"300ms"'))
    run = host.run("release")
    host.finish(run)
    assert host.step(run, "ask")["result"] == "timeout"
    assert host.step(run, "ask")["reason"] == "nobody decided within 0.3s"
    assert [event["type"] for event in host.events(run=run)].count("approval.expired") == 1
