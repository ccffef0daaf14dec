"""`[daemon] on_stop = "adopt"`: aegisd is replaced while steps run, by a restart or after kill -9, and they go on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aegisd.executors.cgroups import NoCgroups, find_cgroups
from tests.behaviour.host import Host, processes_with
from tests.source import ROOT

MakeHost = Callable[..., Host]

_STEP = """
[workflows.w]
[[workflows.w.steps]]
name = "s"
run = '''
echo kept >"$AEGIS_ARTIFACTS/early"
echo begin $$ >>"$HOME/trace"
echo begin; while [ ! -e "$HOME/go" ]; do sleep 0.05; done
echo end; exit 3
'''
[[workflows.w.steps]]
name = "after"
condition = "always"
run = "echo after"
"""


@pytest.fixture(params=["cgroup", "subreaper"])
def containment(request: pytest.FixtureRequest) -> str:
    """A strategy that this host has."""
    found = find_cgroups()
    if request.param == "cgroup" and isinstance(found, NoCgroups):
        pytest.skip(f"NOT TESTED HERE: containment by cgroups ({found.reason}; {found.fix})")
    return str(request.param)


@pytest.fixture
def adopting(make_host: MakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeHost:
    """Makes hosts that adopt; steps have `tmp_path` as their home."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def make(config: str = _STEP, *, daemon: str = "", containment: str = "auto", **options: Any) -> Host:
        settings = f'on_stop = "adopt"\ncontainment = "{containment}"\ngrace = "1s"\n{daemon}'
        return make_host(config, daemon=settings, **options)

    return make


def _start_run(host: Host, trace: Path, workflow: str = "w") -> int:
    """A run whose first step executes."""
    run = host.run(workflow)
    host.wait_until(lambda: trace.exists() and trace.read_text(), 120)
    return run


def _leave(host: Host, how: str) -> None:
    """End aegisd, but not its steps."""
    if how == "SIGTERM":
        assert host.stop() == 0
    else:
        host.kill()


@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])
def test_a_step_goes_on(how: str, adopting: MakeHost, tmp_path: Path, containment: str) -> None:
    """A restart in the middle of a step: it ends once, its log is complete, its exit code, receipt and accounting are
    right, what comes after it runs, and `why` tells of it. `logs -f` and `watch` reconnect by themselves."""
    host, trace = adopting(containment=containment), tmp_path / "trace"
    run = _start_run(host, trace)
    watching = [_follow(host, "watch", str(run)), _follow(host, "logs", "-f", str(run), "s")]
    host.wait_until(lambda: host.output(run, "s") == b"begin\n")
    time.sleep(0.5)
    _leave(host, how)
    host.start()
    assert host.step(run, "s")["state"] == "executing"
    (tmp_path / "go").touch()
    assert host.finish(run)["result"] == "failure"
    assert len(trace.read_text().splitlines()) == 1
    assert host.output(run, "s") == b"begin\nend\n"
    step = host.step(run, "s")
    (attempt,) = step["attempts"]
    assert (step["exit_code"], attempt["attempt"], attempt["receipt"]["killed"]) == (3, 1, 0)
    assert (attempt["receipt"]["strategy"], attempt["receipt"]["empty"]) == (containment, True)
    assert [each["key"] for each in host.call("ListArtifacts", run=run)["artifacts"]] == ["early"]
    assert attempt["usage"]["user_s"] + attempt["usage"]["system_s"] > 0
    told = [event["type"] for event in host.events(run=run) if event.get("step") == "s"]
    assert told == ["step.started", "step.adopted", "artifact.saved", "step.completed", "failure.detected"]
    assert host.events(types=["daemon.started"])[-1]["data"]["adopted"] == [run]
    assert host.events(types=["daemon.started"])[-1]["data"]["interrupted"] == []
    assert "its program went on without aegisd" in host.ctl("why", str(run), "s").stdout
    screens = [client.communicate(timeout=60) for client in watching]
    assert [client.returncode for client in watching] == [1, 0]
    assert all("back after" in err for _, err in screens)
    assert "failed" in screens[0][1]
    assert screens[1][0] == "begin\nend\n"
    host.wait_until(lambda: not list((host.state_dir / "adopt").iterdir()))


def _follow(host: Host, *arguments: str) -> "subprocess.Popen[str]":
    program = [sys.executable, "-m", "aegisctl", "--socket", str(host.socket), *arguments]
    return subprocess.Popen(
        program, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_ended_while_nobody_was_there(adopting: MakeHost, tmp_path: Path) -> None:
    """A step that ends within its limit while there is no aegisd has not timed out, however long that was."""
    host, trace = adopting(_STEP.replace('name = "s"', 'name = "s"\ntimeout = "20s"')), tmp_path / "trace"
    run = _start_run(host, trace)
    _leave(host, "SIGKILL")
    (tmp_path / "go").touch()
    host.wait_until(lambda: list((host.state_dir / "adopt").glob("*.end")), 120)
    time.sleep(1)
    host.start()
    assert host.finish(run)["result"] == "failure"
    step = host.step(run, "s")
    assert (step["exit_code"], len(trace.read_text().splitlines())) == (3, 1)
    (adopted,) = host.events(run=run, types=["step.adopted"])
    assert adopted["data"]["ended"]
    assert step["duration_s"] < host.show(run)["run"]["duration_s"] - 1


def test_cancelled_afterwards(adopting: MakeHost, tmp_path: Path, containment: str) -> None:
    """A step that was taken over can be cancelled, and nothing of it is left, whatever it did to stay."""
    mark = f"7{os.getpid():06}{time.monotonic_ns() % 10**6:06}"
    config = _STEP.replace("echo begin;", f'trap "" TERM; env -i setsid -f sleep {mark}; echo begin;')
    host, trace = adopting(config, containment=containment), tmp_path / "trace"
    run = _start_run(host, trace)
    host.wait_until(lambda: processes_with(mark))
    _leave(host, "SIGTERM")
    assert processes_with(f"sleep {mark}")
    host.start()
    host.call("CancelRun", run=run)
    assert host.finish(run)["result"] == "cancellation"
    assert [line for line in processes_with(mark) if "sleep" in line] == []
    receipt = host.step(run, "s")["attempts"][0]["receipt"]
    assert receipt["empty"]
    assert receipt["killed"] >= 2


def test_what_is_left_of_its_limit(adopting: MakeHost, tmp_path: Path) -> None:
    """A step that was taken over has what is left of its limit, with the time that aegisd was away."""
    host, trace = adopting(_STEP.replace('name = "s"', 'name = "s"\ntimeout = "3s"')), tmp_path / "trace"
    run = _start_run(host, trace)
    begun = time.monotonic()
    _leave(host, "SIGTERM")
    time.sleep(1)
    host.start()
    assert host.finish(run)["result"] == "failure"
    step = host.step(run, "s")
    assert (step["result"], step["attempts"][0]["attempt"]) == ("timeout", 1)
    assert 2.9 <= step["attempts"][0]["duration_s"] <= 3.5 + (time.monotonic() - begun)


def test_nobody_comes_back(adopting: MakeHost, tmp_path: Path) -> None:
    """After `adopt_timeout` without an aegisd a step is ended; the next start takes it for interrupted."""
    host, trace = adopting(daemon='adopt_timeout = "1s"'), tmp_path / "trace"
    run = _start_run(host, trace)
    pid = int(trace.read_text().split()[1])
    _leave(host, "SIGKILL")
    host.wait_until(lambda: not Path(f"/proc/{pid}").exists(), 120)
    host.start()
    (tmp_path / "go").touch()
    host.finish(run)
    assert len(trace.read_text().splitlines()) == 2
    assert [attempt["error"] for attempt in host.step(run, "s")["attempts"]] == ["interrupted", "exit 3"]


def test_a_killed_keeper(adopting: MakeHost, tmp_path: Path, containment: str) -> None:
    """When aegisd and the keeper of a step are killed, the step is interrupted, and nothing of its first attempt is
    there when it begins again."""
    host, trace = adopting(containment=containment), tmp_path / "trace"
    run = _start_run(host, trace)
    pid = int(trace.read_text().split()[1])
    keeper = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    host.kill()
    os.kill(keeper, signal.SIGKILL)
    host.start()
    assert not Path(f"/proc/{pid}").exists()
    (tmp_path / "go").touch()
    host.finish(run)
    assert len(trace.read_text().splitlines()) == 2


def test_what_cannot_go_on(adopting: MakeHost, tmp_path: Path) -> None:
    """Beside a command that goes on, a `wait` is resumed as ever; a run with `on_restart = "fail"` that had more than
    commands ends, and its command with it."""
    batch = _STEP.replace('name = "s"', 'name = "s"\nparallel = true')
    batch += '[[workflows.w.steps]]\nname = "t"\ntype = "wait"\nseconds = 3\nparallel = true\n'
    lines = batch.split("[[workflows.w.steps]]")
    config = "[[workflows.w.steps]]".join([lines[0], lines[1], lines[3], lines[2]])
    strict = config.replace("workflows.w", "workflows.strict").replace("[workflows.strict]", _FAIL)
    host, trace = adopting(config + strict.replace("/trace", "/trace2")), tmp_path / "trace"
    run, doomed = _start_run(host, trace), _start_run(host, tmp_path / "trace2", "strict")
    pid = int((tmp_path / "trace2").read_text().split()[1])
    _leave(host, "SIGTERM")
    assert Path(f"/proc/{pid}").exists()
    host.start()
    assert not Path(f"/proc/{pid}").exists()
    assert host.show(doomed)["run"]["reason"].startswith("interrupted")
    (tmp_path / "go").touch()
    host.finish(run)
    assert [len(host.step(run, name)["attempts"]) for name in ("s", "t", "after")] == [1, 2, 1]


_FAIL = '[workflows.strict]\non_restart = "fail"'


def test_sigint_drains(adopting: MakeHost, tmp_path: Path) -> None:
    """Ctrl-C means an end for good: runs get the grace and are then cancelled, with adoption too."""
    host, trace = adopting(), tmp_path / "trace"
    run = _start_run(host, trace)
    pid = int(trace.read_text().split()[1])
    assert host.stop(signal.SIGINT) == 0
    assert not Path(f"/proc/{pid}").exists()
    host.start()
    assert host.show(run)["run"]["reason"] == "cancelled by aegis: daemon stopping"


def test_a_clock_set_back(adopting: MakeHost, tmp_path: Path) -> None:
    """The clock of the host is a day earlier after the restart: the same result, and no limit has passed or grown."""
    host, trace = adopting(_STEP.replace('name = "s"', 'name = "s"\ntimeout = "60s"')), tmp_path / "trace"
    run = _start_run(host, trace)
    _leave(host, "SIGTERM")
    host.python = str(_make_late_python(tmp_path))
    host.start()
    (tmp_path / "go").touch()
    assert host.finish(run)["result"] == "failure"
    step = host.step(run, "s")
    assert (step["exit_code"], len(step["attempts"]), len(trace.read_text().splitlines())) == (3, 1, 1)
    assert 0 < step["duration_s"] < 60
    first, *_, last = host.events(run=run)
    assert last["time"] < first["time"]
    assert last["seq"] > first["seq"]


def _make_late_python(folder: Path) -> Path:
    """An interpreter whose wall clock is a day behind."""
    start = "import runpy,sys,time\nreal=time.time\ntime.time=lambda: real()-86400\nsys.argv=sys.argv[2:]\n"
    (folder / "late.py").write_text(start + "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n")
    program = folder / "python"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P {folder}/late.py "$@"\n')
    program.chmod(0o755)
    return program


def test_emitting_afterwards(adopting: MakeHost, tmp_path: Path) -> None:
    """The token of a step that was taken over is valid as before, and `AEGIS_SOCKET` leads to the new aegisd."""
    emit = f"PYTHONPATH={ROOT} {sys.executable} -m aegisctl emit custom.note text=hello"
    host, trace = adopting(_STEP.replace("echo end;", f"{emit} && echo end;")), tmp_path / "trace"
    run = _start_run(host, trace)
    _leave(host, "SIGTERM")
    host.start()
    (tmp_path / "go").touch()
    host.finish(run)
    assert host.output(run, "s").endswith(b"end\n")
    (event,) = host.events(run=run, types=["custom.note"])
    assert (event["step"], event["attempt"], event["data"]) == ("s", 1, {"text": "hello"})


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="NOT TESTED HERE: sandboxes (bubblewrap is not installed)")
def test_a_sandbox_goes_on(adopting: MakeHost, tmp_path: Path) -> None:
    """A step in a sandbox is taken over with its sandbox: its end is the program's own, and a cancellation reaches all
    of it."""
    mark = f"7{os.getpid():06}{time.monotonic_ns() % 10**6:06}"
    script = f"setsid -f sleep {mark}; echo begin; while [ ! -e go ]; do sleep 0.05; done; exit 3"
    step = f'[[workflows.w.steps]]\nname = "s"\nsandbox = "bwrap"\nrun = "{script}"\n'
    host = adopting(f'[workflows.w]\ndir = "{tmp_path}"\nmax_concurrent = 2\n{step}')
    runs = [host.run("w"), host.run("w")]
    host.wait_until(lambda: all(host.output(run, "s") == b"begin\n" for run in runs), 120)
    _leave(host, "SIGTERM")
    assert processes_with(f"sleep {mark}")
    host.start()
    host.call("CancelRun", run=runs[0])
    assert host.finish(runs[0])["result"] == "cancellation"
    (tmp_path / "go").touch()
    assert host.finish(runs[1])["result"] == "failure"
    assert host.step(runs[1], "s")["exit_code"] == 3
    assert [line for line in processes_with(mark) if "sleep" in line] == []
