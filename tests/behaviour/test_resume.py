"""Runs that kill -9 of aegisd cut short: what is left of their limit, and steps that must not be executed twice."""

import time
from collections.abc import Callable
from pathlib import Path

from tests.behaviour.host import Host

MakeHost = Callable[..., Host]


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
