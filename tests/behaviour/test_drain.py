"""Drain and resume as an admin uses them around an upgrade, with `why` to see what waits."""

from collections.abc import Callable

import pytest

from tests.behaviour.host import Host, RefusedError

MakeHost = Callable[..., Host]

GATED = "[workflows.w]\ndir = '.'\n[[workflows.w.steps]]\nname = 's'\nrun = 'while ! test -e go; do sleep 0.02; done'\n"


def test_drain_around_an_upgrade(make_host: MakeHost) -> None:
    """The executing run finishes, the queue waits and says for whom, new runs exit 75; resumed, the queue goes on."""
    host = make_host(GATED)
    first, second = host.run("w"), host.run("w")
    host.wait_until(lambda: host.step(first, "s")["state"] == "executing")
    assert host.ctl("drain").stdout == "drained: 1 run still executing, 1 in the queue\n"
    by = host.call("GetStatus")["drained_by"]
    assert f"drained by {by}, takes no new runs" in host.ctl("status").stdout
    refused = host.ctl("run", "w", check=75)
    assert "aegisctl resume" in refused.stderr
    host.ctl("retry", str(first), check=75)
    host.ctl("drain", "--wait", "--timeout", "0.1s", check=124)
    (drained,) = host.events(types=["daemon.drained"])
    assert drained["data"] == {"by": by, "executing": [first]}
    lines = host.ctl("why", str(second)).stdout.splitlines()
    assert f"{drained['seq']}\taegisd was drained by {by} and starts no runs until aegisctl resume" in lines
    (host.folder / "go").touch()
    assert host.ctl("drain", "--wait").stdout == "drained: nothing executes, 1 in the queue\n"
    assert host.show(second)["run"]["state"] == "pending"
    assert host.ctl("resume").stdout == "resumed: aegisd takes runs, 1 in the queue\n"
    assert host.finish(second)["result"] == "success"
    host.ctl("run", "w")
    assert [event["data"]["by"] for event in host.events(types=["daemon.resumed"])] == [by]


def test_stop_while_drained(make_host: MakeHost) -> None:
    """SIGTERM ends a drained aegisd at once, whatever the grace; after a restart the queue goes on."""
    host = make_host(GATED, daemon='grace = "60s"')
    (host.folder / "go").touch()
    host.call("Drain")
    with pytest.raises(RefusedError, match="Draining"):
        host.run("w")
    assert host.stop() == 0
    host.start()
    assert host.call("GetStatus")["drained_by"] is None
    assert host.finish(host.run("w"))["result"] == "success"


def test_why_of_a_run_that_failed(make_host: MakeHost) -> None:
    """What failed first and what came of it, each with its event; a step that is not there gets the nearest."""
    parts = [("build", "exit 3", ""), ("report", "true", ""), ("clean", "true", "condition = 'always'")]
    steps = "".join(f"[[workflows.w.steps]]\nname = '{name}'\nrun = '{run}'\n{more}\n" for name, run, more in parts)
    host = make_host(f"[workflows.w]\n{steps}")
    run = host.run("w")
    host.finish(run)
    events = {event["seq"]: event for event in host.events(run=run)}
    links = host.call("ExplainRun", run=run)["links"]
    assert [(events[link["seq"]]["type"], link["text"]) for link in links[1:]] == [
        ("failure.detected", "build failed first: exit 3"),
        ("step.skipped", "report was skipped: build failed"),
        ("workflow.completed", "it failed: build failed"),
    ]
    assert [link["time"] for link in links] == [events[link["seq"]]["time"] for link in links]
    assert "clean began: report had ended" in host.ctl("why", str(run), "clean").stdout
    assert 'did you mean "report"?' in host.ctl("why", str(run), "reprot", check=66).stderr
