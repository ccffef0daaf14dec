"""Timers, chains of runs and custom events on the real daemon, also across kill -9."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from tests.behaviour.host import Host, RefusedError
from tests.source import ROOT

MakeHost = Callable[..., Host]

EVERY_SECOND = """
[workflows.tick]
max_concurrent = 4
[[workflows.tick.steps]]
run = "true"
[triggers.second]
type = "timer"
cron = "* * * * * *"
catch_up = true
workflow = "tick"
"""

CHAIN = """
[workflows.first]
max_concurrent = 4
[[workflows.first.steps]]
run = "sleep 0.02"
[workflows.second]
max_concurrent = 4
[[workflows.second.steps]]
run = "true"
[workflows.third]
max_concurrent = 4
[[workflows.third.steps]]
type = "emit"
event = "custom.chain.ended"
data = { left = 0 }
[triggers.to-second]
type = "workflow"
after = "first"
result = "any"
workflow = "second"
[triggers.to-third]
type = "workflow"
after = "second"
workflow = "third"
reason = "the chain goes on"
"""


def started(host: Host) -> list[dict[str, object]]:
    """Each run's workflow, parent, trigger, in order of their numbers."""
    events = host.events(types=["workflow.queued"])
    return [
        {"run": e["run"], "workflow": e["workflow"], "parent": e["data"].get("parent"), **e["data"]["trigger"]}
        for e in events
    ]


def test_a_timer_runs_each_due_time_once(make_host: MakeHost) -> None:
    """A timer for every second, kill -9 twice and a reload in between: no due time twice, and what was missed while
    nobody was there is made up for by one run."""
    host = make_host(EVERY_SECOND)
    host.wait_until(lambda: len(started(host)) >= 2)
    for _ in range(2):
        host.kill()
        host.start()
        seen = len(started(host))
        host.call("Reload")
        host.wait_until(lambda seen=seen: len(started(host)) > seen)
    runs = started(host)
    due = [run["due"] for run in runs]
    assert len(set(due)) == len(due)
    assert due == sorted(due, key=str)
    assert {(run["kind"], run["name"]) for run in runs} == {("timer", "second")}
    listed = json.loads(host.ctl("triggers", "--json").stdout)[0]
    assert listed["last_run"] >= runs[-1]["run"]
    assert listed["next_at"] > listed["last_at"][:19]
    (workflow,) = host.call("ListWorkflows")["workflows"]
    assert workflow["triggers"] == ["timer"]
    assert workflow["next_at"]


def test_a_chain_across_kills(make_host: MakeHost) -> None:
    """Chains of three runs while aegisd is killed again and again: each run has exactly the follower it should have."""
    host = make_host(CHAIN)
    acknowledged = []
    for _ in range(6):
        acknowledged += [host.run("first") for _ in range(3)]
        host.kill()
        host.start()
    host.wait_until(lambda: len(host.events(types=["custom.chain.ended"])) >= len(acknowledged))
    host.wait_until(lambda: host.call("GetStatus")["runs"] == {"executing": 0, "queued": 0, "slots": 4})
    runs = started(host)
    assert Counter(run["workflow"] for run in runs) == dict.fromkeys(("first", "second", "third"), len(acknowledged))
    parents = Counter((run["workflow"], run["parent"]) for run in runs if run["parent"] is not None)
    assert set(parents.values()) == {1}
    by_number = {run["run"]: run["workflow"] for run in runs}
    leads = {(by_number[run["parent"]], run["workflow"], run["name"]) for run in runs if run["parent"] is not None}
    assert leads == {("first", "second", "to-second"), ("second", "third", "to-third")}
    third = next(run for run in runs if run["workflow"] == "third")
    assert f"to-third (after #{third['parent']})" in host.ctl("show", str(third["run"])).stdout
    assert f"the trigger to-third starts it after run #{third['parent']}" in host.ctl("why", str(third["run"])).stdout


STEP = """
[workflows.w]
env = {{ PYTHONPATH = "{root}", CTL = "{python} -m aegisctl" }}
[[workflows.w.steps]]
name = "tell"
phase = "out"
retries = 1
retry_delay = 0.01
run = '''
$CTL emit custom.deploy.done target=staging hosts:=3 --json
test $AEGIS_ATTEMPT = 2
'''
[[workflows.w.steps]]
name = "bad"
run = '''
$CTL emit workflow.completed; echo $?
$CTL emit custom.note --run 99; echo $?
$CTL cancel $AEGIS_RUN_ID; echo $?
echo "$AEGIS_TOKEN" > token
'''
"""


def test_a_step_emits(make_host: MakeHost) -> None:
    """A step's own events carry its run, step and attempt and are in the timeline between its start and its end; what
    it may not emit it is told."""
    host = make_host(STEP.format(root=ROOT, python=sys.executable))
    run = host.run("w")
    assert host.finish(run)["result"] in {"success", "cancellation"}
    first, second = host.events(types=["custom.deploy.done"])
    assert first["data"] == second["data"] == {"target": "staging", "hosts": 3}
    assert [(e["run"], e["step"], e["attempt"], e["phase"]) for e in (first, second)] == [
        (run, "tell", 1, "out"),
        (run, "tell", 2, "out"),
    ]
    ends = {e["type"]: e["seq"] for e in host.events(run=run) if e.get("step") == "tell"}
    assert ends["step.started"] < first["seq"] < ends["step.retrying"] < second["seq"] < ends["step.completed"]
    output = host.output(run, "bad").decode()
    assert 'events of the type "workflow.completed" are aegisd\'s own' in output


def test_a_token_ends_with_its_attempt(make_host: MakeHost) -> None:
    """The token of a step that has ended is refused, also when its aegisd has been replaced; it is in no event, no log
    of aegisd and no answer."""
    config = "[workflows.w]\n[[workflows.w.steps]]\nname = \"s\"\nrun = '''echo \"$AEGIS_TOKEN\" > token; false'''\n"
    host = make_host(config)
    run = host.run("w")
    host.finish(run)
    token = (host.state_dir / "runs" / str(run) / "workspace" / "token").read_text().strip()
    assert len(token) > 40
    for _ in range(2):
        with pytest.raises(RefusedError, match="not valid"):
            host.call("EmitEvent", type="custom.note", token=token)
        host.stop()
        host.start()
    secret = token.partition(".")[2]
    shown = json.dumps([host.events(), host.show(run)]) + host.log.read_text()
    shown += host.ctl("show", str(run), "--env").stdout
    assert secret not in shown
    stored = (host.state_dir / "store.sqlite").read_bytes()
    assert secret.encode() not in stored


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_step_of_another_user_emits(make_host: MakeHost) -> None:
    """A program that gave up root, and is no operator, still speaks for its step, and for nothing else."""
    drop = "os.chdir(folder); os.setgroups([]); os.setgid(65534); os.setuid(65534)"
    steps = ""
    for name, words in (("emit", ["emit", "custom.note", "a=1"]), ("cancel", ["cancel", "1"])):
        call = f"raise SystemExit(run_words({['--socket', 's', *words]}))"
        imports = f"import json, os, sys; import aegisctl.commands.{name}, aegisctl.text, aegisctl.client"
        script = f"{imports}; from aegisctl.main import run_words; folder = sys.argv[1]; {drop}; {call}"
        run = json.dumps([sys.executable, "-c", script, "../../../.."])
        steps += f'[[workflows.w.steps]]\nname = "{name}"\nrun = {run}\nallow_failure = true\n'
    host = make_host(f'[workflows.w]\nenv = {{ PYTHONPATH = "{ROOT}" }}\n{steps}')
    host.folder.chmod(0o755)
    host.socket.chmod(0o666)
    run_number = host.run("w")
    host.finish(run_number)
    assert [e["step"] for e in host.events(types=["custom.note"])] == ["emit"], host.output(run_number, "emit")
    assert b"may read but not change" in host.output(run_number, "cancel")
