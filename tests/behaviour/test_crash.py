"""The end of aegisd, by kill -9 and by SIGTERM, and a second one on the same state."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.behaviour.host import Host, program
from tests.source import ROOT

MakeHost = Callable[..., Host]


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


def test_signals_never_cut_the_closing_short(make_host: MakeHost, tmp_path: Path) -> None:
    """However many signals come once no run executes any more: aegisd closes all it has open, and ends by itself."""
    config = f"""
[[subscriptions]]
name = "slow"
type = "command"
events = ["daemon.stopping"]
run = "touch {tmp_path}/closing; sleep 60"
"""
    host = make_host(config)
    host.ctl("emit", "custom.last")
    assert host.process is not None
    host.process.terminate()
    host.wait_until((tmp_path / "closing").exists)
    while host.process.poll() is None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            host.process.send_signal(number)
        time.sleep(0.02)
    assert host.process.returncode == 0
    assert host.log.read_text().rstrip().endswith("aegisd has stopped")
    assert not (host.state_dir / "store.sqlite-wal").exists()
    assert not host.socket.exists()
    host.start()
    types = [event["type"] for event in host.events(types=["custom.last", "daemon.stopping", "daemon.started"])]
    assert types == ["daemon.started", "custom.last", "daemon.stopping", "daemon.started"]
