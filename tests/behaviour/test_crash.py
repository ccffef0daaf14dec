"""kill -9 of aegisd at random moments: what was acknowledged is kept, and nothing says "executing" that is not."""

import random
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import apsw

from tests.behaviour.host import Host, RefusedError, program
from tests.source import ROOT

MakeHost = Callable[..., Host]

KILLS = 50

CONFIG = """
[workflows.quick]
max_concurrent = 4
[[workflows.quick.steps]]
name = "one"
run = "echo one"
[[workflows.quick.steps]]
name = "two"
type = "wait"
seconds = 0.01
[[workflows.quick.steps]]
name = "three"
run = ["true"]

[workflows.wide]
max_concurrent = 2
[[workflows.wide.steps]]
name = "a"
run = "sleep 0.05"
parallel = true
[[workflows.wide.steps]]
name = "b"
run = "false"
retries = 2
retry_delay = 0.01
parallel = true
"""


class Clients:
    """Threads that start runs, each `pause` seconds after its last one was acknowledged; `acknowledged` are the numbers
    they got."""

    def __init__(self, host: Host, *, pause: float = 0.02) -> None:
        self._host = host
        self._pause = pause
        self._over = threading.Event()
        self.acknowledged: set[int] = set()
        self._threads = [threading.Thread(target=self._work, args=(name,)) for name in ("quick", "wide", "quick")]
        for thread in self._threads:
            thread.start()

    def _work(self, workflow: str) -> None:
        while not self._over.is_set():
            with suppress(OSError, StopIteration, RefusedError):
                self.acknowledged.add(self._host.run(workflow))
            time.sleep(self._pause)

    def stop(self) -> None:
        """End the threads."""
        self._over.set()
        for thread in self._threads:
            thread.join()


def check_store(path: Path, acknowledged: set[int]) -> None:
    """The invariants of faults: a healthy file, `seq` without a hole, every acknowledged run with one beginning and
    end."""
    store = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    assert store.pragma("integrity_check") == "ok"
    count, first, last = store.execute("SELECT count(*), min(seq), max(seq) FROM event").fetchone() or (0, 0, 0)
    assert (first, last) == (1, count)
    assert store.execute("SELECT count(DISTINCT body ->> 'id') FROM event").fetchone() == (count,)
    runs = dict(store.execute("SELECT id, state FROM run"))
    assert acknowledged <= runs.keys()
    ends = dict(store.execute("SELECT run, count(*) FROM event WHERE type = 'workflow.completed' GROUP BY run"))
    assert ends == {run: 1 for run, state in runs.items() if state == "finished"}
    started = dict(store.execute("SELECT run, count(*) FROM event WHERE type = 'step.started' GROUP BY run"))
    ended = dict(store.execute("SELECT run, count(*) FROM event WHERE type = 'step.completed' GROUP BY run"))
    assert {run: count for run, count in started.items() if runs[run] == "finished"} == ended
    store.close()


def test_fifty_kills_under_load(make_host: MakeHost) -> None:
    """Fifty kill -9 at random moments while clients submit: every acknowledged run exists, all runs reach one end,
    `seq` has no hole, and the store opens each time."""
    host = make_host(CONFIG, daemon='runs = 6\nkeep = { runs = 100000 }\nsynchronous = "normal"')
    chance = random.Random(7)
    clients = Clients(host)
    try:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0, 0.25))
            host.kill()
            host.start()
            executing = host.call("ListRuns", states=["executing"], limit=1000)["runs"]
            taken_up = host.events(types=["daemon.started", "workflow.started", "workflow.resumed"])
            start = max(index for index, event in enumerate(taken_up) if event["type"] == "daemon.started")
            assert {run["id"] for run in executing} <= {event["run"] for event in taken_up[start + 1 :]}
    finally:
        clients.stop()
    assert len(clients.acknowledged) > KILLS
    host.wait_until(lambda: not host.call("ListRuns", states=["pending", "executing", "finalizing"])["runs"], 60)
    assert host.stop() == 0
    check_store(host.state_dir / "store.sqlite", clients.acknowledged)


def test_interrupted_run_says_so(make_host: MakeHost) -> None:
    """With `on_restart = "fail"` a run that kill -9 of aegisd cut short ends as `error`, reason `interrupted`, at the
    next start; a waiting one runs."""
    config = """
[workflows.w]
on_restart = "fail"
[[workflows.w.steps]]
name = "s"
run = "test -e $HOME/go || sleep 3"
"""
    host = make_host(config)
    first, second = host.run("w"), host.run("w")
    host.wait_until(lambda: host.step(first, "s")["state"] == "executing")
    host.kill()
    host.start()
    ended = host.show(first)["run"]
    assert (ended["state"], ended["result"]) == ("finished", "error")
    assert ended["reason"].startswith("interrupted")
    assert host.step(first, "s")["result"] == "error"
    assert host.finish(second)["result"] == "success"
    started = host.events(types=["daemon.started"])
    assert started[-1]["data"]["interrupted"] == [first]


def test_second_daemon_is_refused(make_host: MakeHost) -> None:
    """One state directory has one aegisd: the second says who holds it, and the first is not disturbed."""
    host = make_host("")
    assert host.process is not None
    words = [*program("aegisd"), "--config", str(host.config_path)]
    second = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert f"is in use by another aegisd (pid {host.process.pid})" in second.stderr
    assert "--state-dir" in second.stderr
    assert host.call("GetStatus")["pid"] == host.process.pid


def test_stop_drains_then_cancels(make_host: MakeHost) -> None:
    """SIGTERM takes no more runs, lets executing ones finish within `grace`, then cancels them; exit 0."""
    config = """
[workflows.quick]
[[workflows.quick.steps]]
name = "s"
run = "sleep 0.3"
[workflows.long]
[[workflows.long.steps]]
name = "s"
run = "sleep 60"
"""
    host = make_host(config, daemon='grace = "1s"')
    quick, long = host.run("quick"), host.run("long")
    host.wait_until(lambda: host.step(long, "s")["state"] == "executing")
    assert host.stop() == 0
    host.start()
    assert host.show(quick)["run"]["result"] == "success"
    ended = host.show(long)["run"]
    assert (ended["result"], ended["reason"]) == ("cancellation", "cancelled by aegis: daemon stopping")


def test_second_sigterm_cancels_at_once(make_host: MakeHost) -> None:
    """A second SIGTERM does not wait for the grace."""
    config = "[workflows.w]\n[[workflows.w.steps]]\nname = 's'\nrun = 'sleep 60'\n"
    host = make_host(config, daemon='grace = "60s"')
    run = host.run("w")
    host.wait_until(lambda: host.step(run, "s")["state"] == "executing")
    assert host.process is not None
    host.process.terminate()
    host.wait_until(lambda: host.call("GetStatus")["draining"])
    begun = time.monotonic()
    assert host.stop() == 0
    assert time.monotonic() - begun < 30
