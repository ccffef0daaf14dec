"""kill -9 of aegisd at random moments: runs go on with what had not finished, and nothing finished is executed again.

Steps leave their trace before they do anything else: what was killed with aegisd has one, and another one at its next
attempt.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.behaviour.host import Host
from tests.behaviour.test_crash import Clients, check_store

MakeHost = Callable[..., Host]

KILLS = 40
_TRACE = "echo x >>$TRACES/$AEGIS_RUN_ID.$AEGIS_STEP; sleep"


def _workflow(name: str, *steps: tuple[str, str]) -> str:
    """Text of a workflow whose steps leave a trace and then sleep for some seconds."""
    head = f'[workflows.{name}]\nmax_concurrent = 3\nenv = {{ TRACES = "${{TRACES}}" }}\n'
    return head + "".join(
        f'[[workflows.{name}.steps]]\nname = "{step}"\nrun = "{_TRACE} {seconds}"\n{more}\n'
        for number, (step, more) in enumerate(steps)
        for seconds in (0.02 + 0.03 * (number % 3),)
    )


def _config(traces: Path) -> str:
    chain = _workflow("quick", *((f"s{number}", "") for number in range(6)))
    batch = _workflow("wide", ("a", "parallel = true"), ("b", "parallel = true"), ("c", "parallel = true"), ("d", ""))
    return (chain + batch).replace("${TRACES}", str(traces))


def _count_traces(traces: Path) -> Counter[str]:
    return Counter({path.name: len(path.read_text().splitlines()) for path in traces.iterdir()})


def _check_traces(events: list[dict[str, Any]], traces: Path, snapshots: list[Counter[str]]) -> int:
    """What had finished before a kill was executed once, and not again after it; returns how many such steps a later
    kill has tried."""
    starts = [event["seq"] for event in events if event["type"] == "daemon.started"][1:]
    queued = {event["run"]: event["seq"] for event in events if event["type"] == "workflow.queued"}
    last = {event["run"]: event["seq"] for event in events if event["type"] == "workflow.completed"}
    final, tried = _count_traces(traces), 0
    for event in events:
        if event["type"] != "step.completed":
            continue
        name, seq, run = f"{event['run']}.{event['step']}", event["seq"], event["run"]
        if not any(queued[run] < start < seq for start in starts):
            assert (final[name], len(event["data"]["attempts"])) == (1, 1)
            tried += any(seq < start < last[run] for start in starts)
        for start, snapshot in zip(starts, snapshots, strict=True):
            assert seq > start or final[name] == snapshot[name]
    return tried


def test_forty_kills_and_nothing_twice(make_host: MakeHost, tmp_path: Path) -> None:
    """Forty kill -9 at random moments under several runs and submitting clients: acknowledged runs all exist and all
    pass, steps that had finished are executed exactly once, and `seq` has no hole."""
    traces = tmp_path / "traces"
    traces.mkdir()
    host = make_host(_config(traces), daemon='runs = 6\nkeep = { runs = 100000 }\nsynchronous = "normal"')
    chance, clients, snapshots = random.Random(11), Clients(host, pause=0.15), []
    try:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0, 0.2))
            host.kill()
            snapshots.append(_count_traces(traces))
            host.start()
    finally:
        clients.stop()
    host.wait_until(lambda: not host.call("ListRuns", states=["pending", "executing", "finalizing"])["runs"], 60)
    events = host.events(last=1_000_000)
    assert host.stop() == 0
    check_store(host.state_dir / "store.sqlite", clients.acknowledged)
    ends = [event["data"] for event in events if event["type"] == "workflow.completed"]
    assert {end["result"] for end in ends} == {"success"}, [end for end in ends if not end["success"]][:3]
    assert sum(event["type"] == "workflow.resumed" for event in events) > KILLS / 2
    assert _check_traces(events, traces, snapshots) > KILLS / 2


def test_what_is_left_of_the_limit(make_host: MakeHost) -> None:
    """A resumed run has what is left of its limit, told by the host's time since boot."""
    config = '[workflows.w]\ntimeout = "3s"\n[[workflows.w.steps]]\nname = "s"\nrun = "sleep 60"\n'
    host = make_host(config)
    run = host.run("w")
    host.wait_until(lambda: host.step(run, "s")["state"] == "executing")
    begun = time.monotonic()
    host.kill()
    time.sleep(1)
    host.start()
    ended = host.finish(run)
    assert (ended["result"], ended["reason"]) == ("timeout", "the run's limit of 3s was reached")
    assert 2.5 <= ended["duration_s"] <= 3.0 + (time.monotonic() - begun)
    (resumed,) = host.events(run=run, types=["workflow.resumed"])
    assert 0 < resumed["data"]["left_s"] <= 2.0


def test_a_step_that_must_not_run_twice(make_host: MakeHost, tmp_path: Path) -> None:
    """A run whose interrupted step says `idempotent = false` ends as an error that names the step."""
    trace = tmp_path / "trace"
    step = f"name = 's'\nidempotent = false\nrun = 'echo x >>{trace}; sleep 2'\n"
    host = make_host(f"[workflows.w]\n[[workflows.w.steps]]\n{step}")
    run = host.run("w")
    host.wait_until(trace.exists)
    host.kill()
    host.start()
    ended = host.show(run)["run"]
    assert (ended["state"], ended["result"]) == ("finished", "error")
    assert "s was executing when aegisd ended and must not be executed twice" in ended["reason"]
    assert trace.read_text() == "x\n"
