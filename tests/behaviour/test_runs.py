"""Runs on the real daemon: what a user of workflows relies on."""

from collections.abc import Callable

import pytest

from tests.behaviour.host import Host, RefusedError, processes_with

MakeHost = Callable[..., Host]


def _workflow(name: str, steps: str, head: str = "") -> str:
    return f"[workflows.{name}]\n{head}\n{steps}\n"


def _step(workflow: str, name: str, run: str, more: str = "") -> str:
    return f"[[workflows.{workflow}.steps]]\nname = '{name}'\nrun = '''{run}'''\n{more}\n"


def test_cancel_ends_the_processes(make_host: MakeHost) -> None:
    """A cancelled run ends as `cancellation`, names who and why, and its whole process tree is gone."""
    mark = "sleep 7451"
    host = make_host(_workflow("w", _step("w", "long", f"{mark} & {mark}") + _step("w", "later", "true")))
    run = host.run("w")
    host.wait_until(lambda: len(processes_with(mark)) >= 2)
    host.call("CancelRun", run=run, reason="wrong branch")
    ended = host.finish(run)
    assert ended["result"] == "cancellation"
    assert "wrong branch" in ended["reason"]
    assert processes_with(mark) == []
    assert host.step(run, "long")["result"] == "cancellation"
    assert host.step(run, "long")["signal"] == "SIGTERM"
    assert host.step(run, "later")["result"] == "skip"
    with pytest.raises(RefusedError, match="ended already"):
        host.call("CancelRun", run=run)


def test_stubborn_step_is_killed_after_grace(make_host: MakeHost) -> None:
    """A step that ignores SIGTERM gets SIGKILL after `grace`, and so do its children."""
    stubborn = 'trap "" TERM; sleep 7452 & echo up; while :; do sleep 0.05; done'
    host = make_host(_workflow("w", _step("w", "stubborn", stubborn)), daemon='grace = "300ms"')
    run = host.run("w")
    host.wait_until(lambda: host.output(run, "stubborn"))
    host.call("CancelRun", run=run)
    assert host.finish(run)["result"] == "cancellation"
    assert host.step(run, "stubborn")["signal"] == "SIGKILL"
    assert processes_with("sleep 7452") == []


def test_timeout_of_an_attempt(make_host: MakeHost) -> None:
    """A step over its own limit is a `timeout` with words (S47), its run a `failure`, and it is retried like one."""
    config = _workflow(
        "w", _step("w", "slow", "echo begun; sleep 60", 'timeout = "300ms"\nretries = 1\nretry_delay = 0.01')
    )
    host = make_host(config)
    run = host.run("w")
    assert host.finish(run)["result"] == "failure"
    step = host.step(run, "slow")
    assert step["result"] == "timeout"
    assert "no end after 0.3s" in step["reason"]
    assert [attempt["result"] for attempt in step["attempts"]] == ["timeout", "timeout"]
    assert host.output(run, "slow") == b"begun\n"


def test_limit_of_a_run_bounds_everything(make_host: MakeHost) -> None:
    """A step never outlives its run: attempts and the waits between them draw on the run's limit (S48)."""
    config = _workflow(
        "w",
        _step("w", "retried", "false", "retries = 50\nretry_delay = 0.2") + _step("w", "later", "true"),
        'timeout = "1s"',
    )
    host = make_host(config)
    run = host.run("w")
    ended = host.finish(run)
    assert ended["result"] == "timeout"
    assert ended["reason"] == "the run's limit of 1s was reached"
    assert ended["duration_s"] < 10
    assert host.step(run, "later")["result"] == "skip"


def test_retries_stop_at_the_first_success(make_host: MakeHost) -> None:
    """A step is tried again until it passes, each attempt with its own log and number (S43, S46)."""
    script = "echo attempt $AEGIS_ATTEMPT; test $AEGIS_ATTEMPT = 3"
    host = make_host(_workflow("w", _step("w", "flaky", script, "retries = 5\nretry_delay = 0.01")))
    run = host.run("w")
    assert host.finish(run)["result"] == "success"
    step = host.step(run, "flaky")
    assert [attempt["exit_code"] for attempt in step["attempts"]] == [1, 1, 0]
    assert host.output(run, "flaky") == b"attempt 3\n"
    assert host.output(run, "flaky", attempt=1) == b"attempt 1\n"
    assert [event["data"]["retries_left"] for event in host.events(types=["step.retrying"])] == [4, 3]


def test_failure_skips_what_follows(make_host: MakeHost) -> None:
    """After a failure later steps are skipped with the reason in words; `always` and `on_failure` still run (S56)."""
    steps = (
        _step("w", "build", "echo broken; exit 3")
        + _step("w", "deploy", "true")
        + _step("w", "tell", "true", 'condition = "on_failure"')
        + _step("w", "tidy", "true", 'condition = "always"')
    )
    host = make_host(_workflow("w", steps))
    run = host.run("w")
    ended = host.finish(run)
    assert (ended["result"], ended["failed_steps"]) == ("failure", ["build"])
    results = {step["name"]: step["result"] for step in host.show(run)["steps"]}
    assert results == {"build": "failure", "deploy": "skip", "tell": "success", "tidy": "success"}
    assert host.step(run, "deploy")["reason"] == "build failed"
    types = [event["type"] for event in host.events(run=run)]
    assert types.index("failure.detected") == types.index("step.completed") + 1


def test_parallel_neighbours_run_together(make_host: MakeHost) -> None:
    """Neighbours with `parallel = true` run at the same time, and the next step waits for both (S49, S50)."""
    meet = 'touch "$AEGIS_STEP"; while ! test -e "$OTHER"; do sleep 0.01; done'
    steps = (
        _step("w", "left", meet, 'parallel = true\nenv = { OTHER = "right" }')
        + _step("w", "right", meet, 'parallel = true\nenv = { OTHER = "left" }')
        + _step("w", "both", "test -e left && test -e right")
    )
    host = make_host(_workflow("w", steps, 'timeout = "20s"'))
    run = host.run("w")
    assert host.finish(run)["result"] == "success"
    groups = {step["name"]: step["group"] for step in host.show(run)["steps"]}
    assert groups == {"left": 1, "right": 1, "both": 2}


def test_needs_replace_the_order_of_the_file(make_host: MakeHost) -> None:
    """A step with `needs` waits for exactly those, wherever they stand in the file."""
    steps = (
        _step("w", "last", "cat log; echo last >> log", 'needs = ["middle"]')
        + _step("w", "middle", "cat log; echo middle >> log", 'needs = ["first"]')
        + _step("w", "first", "echo first >> log", "needs = []")
    )
    host = make_host(_workflow("w", steps))
    run = host.run("w")
    assert host.finish(run)["result"] == "success"
    assert host.output(run, "last") == b"first\nmiddle\n"


def test_queue_follows_priority_then_age(make_host: MakeHost) -> None:
    """With one slot, waiting runs start by priority, then by age; the queue is shown."""
    config = (
        _workflow("block", _step("block", "s", "while ! test -e go; do sleep 0.01; done"), "dir = '.'")
        + _workflow("low", _step("low", "s", "true"), "max_concurrent = 5")
        + _workflow("high", _step("high", "s", "true"), "priority = 5")
    )
    host = make_host(config, daemon="runs = 1")
    block = host.run("block")
    first, second, urgent = host.run("low"), host.run("low"), host.run("high")
    assert host.show(second)["run"]["ahead"] == 2
    (host.folder / "go").touch()
    for run in (block, first, second, urgent):
        host.finish(run)
    started = [event["run"] for event in host.events(types=["workflow.started"])]
    assert started == [block, urgent, first, second]


@pytest.mark.parametrize("on_busy", ["queue", "skip", "replace"])
def test_on_busy(make_host: MakeHost, on_busy: str) -> None:
    """A busy workflow queues, skips or replaces, as its definition says, and each says why."""
    config = _workflow("w", _step("w", "s", "test -e go || sleep 60"), f"on_busy = '{on_busy}'\ndir = '.'")
    host = make_host(config)
    first = host.run("w")
    host.wait_until(lambda: host.show(first)["run"]["state"] == "executing")
    second = host.run("w")
    if on_busy == "queue":
        assert host.show(second)["run"]["state"] == "pending"
        host.call("CancelRun", run=second)
        assert host.finish(second)["result"] == "cancellation"
    elif on_busy == "skip":
        ended = host.finish(second)
        assert ended["result"] == "skip"
        assert f"busy with #{first}" in ended["reason"]
    else:
        (host.folder / "go").touch()
        assert f"replaced by run #{second}" in host.finish(first)["reason"]
        assert host.finish(second)["result"] == "success"


def test_parameters_reach_steps_without_a_shell(make_host: MakeHost) -> None:
    """Parameters come as AEGIS_PARAM_* and as {name} in lists; a hostile value stays a value."""
    hostile = "x'; touch owned; echo \"$(id)"
    config = """
[workflows.w]
params = { target = { default = "nothing" }, other = "two" }
[[workflows.w.steps]]
name = "listed"
run = ["printf", "%s|%s", "{target}", "{other}"]
[[workflows.w.steps]]
name = "shell"
run = 'printf "%s" "$AEGIS_PARAM_TARGET"; test ! -e owned'
"""
    host = make_host(config)
    run = host.run("w", target=hostile)
    assert host.finish(run)["result"] == "success"
    assert host.output(run, "listed").decode() == f"{hostile}|two"
    assert host.output(run, "shell").decode() == hostile
    with pytest.raises(RefusedError, match="targt"):
        host.run("w", targt="x")


def test_a_broken_command_is_an_error_with_words(make_host: MakeHost) -> None:
    """A program that is not there is `error`, not `failure`, and the message names it."""
    host = make_host("[workflows.w]\n[[workflows.w.steps]]\nname = 's'\nrun = ['no-such-program-here']\n")
    run = host.run("w")
    assert host.finish(run)["result"] == "error"
    assert "no-such-program-here" in host.step(run, "s")["reason"]


def test_retry_failed_reuses_what_passed(make_host: MakeHost) -> None:
    """`retry --failed` runs only what failed and what follows, in the same directory; how long that took says nothing
    about how long the workflow usually takes."""
    steps = (
        _step("w", "build", "echo once >> built; wc -l < built")
        + _step("w", "test", "test -e fixed")
        + _step("w", "pack", "cat built")
    )
    host = make_host(_workflow("w", steps))
    run = host.run("w")
    assert host.finish(run)["result"] == "failure"
    (host.state_dir / "runs" / str(run) / "workspace" / "fixed").touch()
    again = int(host.call("RetryRun", run=run, failed=True)["run"])
    ended = host.finish(again)
    assert (ended["result"], ended["retry_of"]) == ("success", run)
    assert host.step(again, "build")["reason"] == f"passed in run #{run}"
    assert host.output(again, "pack") == b"once\n"
    usual = [workflow["usual_s"] for workflow in host.call("ListWorkflows")["workflows"]]
    assert (usual, ended["usual_s"]) == ([None], None)


def test_phases_are_told(make_host: MakeHost) -> None:
    """Steps with a phase bring transitions with durations and success, in pairs, also of a phase that failed; each says
    of which run it is (S69, S70, W3.8)."""
    steps = (
        _step("w", "lint", "true", 'phase = "fast"')
        + _step("w", "types", "true", 'phase = "fast"')
        + _step("w", "test", "false", 'phase = "verify"')
    )
    host = make_host(_workflow("w", steps))
    run = host.run("w")
    host.finish(run)
    told = host.events(types=["phase.transition"])
    assert {(event["workflow"], event["run"]) for event in told} == {("w", run)}
    data = [event["data"] for event in told]
    assert [(d["previous"], d["next"], d["previous_success"]) for d in data] == [
        (None, "fast", None),
        ("fast", "verify", True),
        ("verify", None, False),
    ]


def test_part_of_a_workflow(make_host: MakeHost) -> None:
    """`run --from/--only/--skip` carries out a part; what is left out says why, an unknown name is refused (S86)."""
    steps = "".join(_step("w", name, f"echo {name}") for name in ("hooks", "clean", "tests"))
    host = make_host(_workflow("w", steps))
    done = host.ctl("run", "w", "--from", "clean", "--skip", "tests", "--print-id")
    run = int(done.stdout)
    assert [step["result"] for step in host.show(run)["steps"]] == ["skip", "success", "skip"]
    assert host.step(run, "hooks")["reason"] == "not asked for: what begins with clean"
    assert host.step(run, "tests")["reason"] == "left out of this run"
    assert "part     from clean, without tests" in host.ctl("show", str(run)).stdout
    again = int(host.ctl("retry", str(run), "--print-id").stdout)
    assert [step["result"] for step in host.show(again)["steps"]] == ["skip", "success", "skip"]
    refused = host.ctl("run", "w", "--only", "test", check=66)
    assert 'did you mean "tests"?' in refused.stderr
