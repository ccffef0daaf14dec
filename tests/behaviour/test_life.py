"""The life of aegisd as an admin sees it: readiness, reload, logs, who may do what."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.behaviour.host import Host, RefusedError, program
from tests.source import ROOT

MakeHost = Callable[..., Host]

PYTHON_FOR_ALL = "/usr/bin/python3"

STEP = "[workflows.w]\n[[workflows.w.steps]]\nname = 's'\nrun = 'true'\n"


def test_systemd_is_told(make_host: MakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """READY=1 once the doors are open, RELOADING and READY around a reload, STOPPING at the end."""
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        receiver.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        host = make_host(STEP)
        told = _receive_until(receiver, "READY=1")
        assert host.process is not None
        host.process.send_signal(signal.SIGHUP)
        told += _receive_until(receiver, "READY=1")
        assert any(message.startswith("RELOADING=1\nMONOTONIC_USEC=") for message in told)
        assert host.stop() == 0
        _receive_until(receiver, "STOPPING=1")


def test_systemd_is_told_of_life(make_host: MakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """WATCHDOG=1 while aegisd lives, and EXTEND_TIMEOUT_USEC while it waits for a run to finish."""
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        receiver.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        monkeypatch.setenv("WATCHDOG_USEC", "100000")
        host = make_host("[workflows.w]\n[[workflows.w.steps]]\nname = 's'\nrun = 'sleep 60'\n", daemon='grace = "60s"')
        for _ in range(3):
            _receive_until(receiver, "WATCHDOG=1")
        run = host.run("w")
        host.wait_until(lambda: host.step(run, "s")["state"] == "executing")
        assert host.process is not None
        host.process.terminate()
        _receive_until(receiver, "EXTEND_TIMEOUT_USEC=15000000")
        _receive_until(receiver, "WATCHDOG=1")
        assert host.stop() == 0


def _receive_until(receiver: socket.socket, wanted: str) -> list[str]:
    told = []
    while wanted not in told:
        told.append(receiver.recv(4096).decode())
    return told


def test_reload_says_what_changed(make_host: MakeHost) -> None:
    """A good configuration comes into force with words; runs that execute keep the definition they started with."""
    gated = (
        "[workflows.w]\ndir = '.'\n[[workflows.w.steps]]\nname = 's'\nrun = 'while ! test -e go; do sleep 0.02; done'\n"
    )
    host = make_host(gated)
    run = host.run("w")
    host.write_config(gated.replace("name = 's'", "name = 'renamed'") + "[workflows.other]\n")
    changes = host.call("Reload")["changes"]
    assert any("other" in change for change in changes)
    (host.folder / "go").touch()
    assert host.finish(run)["result"] == "success"
    assert [step["name"] for step in host.show(run)["steps"]] == ["s"]
    again = host.run("w")
    host.finish(again)
    assert [step["name"] for step in host.show(again)["steps"]] == ["renamed"]
    assert host.events(types=["config.reloaded"])[0]["data"]["by"]


def test_bad_reload_is_refused(make_host: MakeHost) -> None:
    """W1.21: a configuration with errors changes nothing, neither through the socket nor by SIGHUP; aegisctl exits
    78."""
    host = make_host(STEP)
    host.write_config(STEP + "timout = 1")
    with pytest.raises(RefusedError, match="ConfigInvalid") as refused:
        host.call("Reload")
    assert "did you mean `timeout`?" in refused.value.parameters["report"]
    done = host.ctl("reload", check=78)
    assert "timout" in done.stderr
    assert host.process is not None
    host.process.send_signal(signal.SIGHUP)
    host.wait_until(lambda: len(host.events(types=["config.refused"])) == 3)
    assert host.finish(host.run("w"))["result"] == "success"


def test_broken_configuration_does_not_start(make_host: MakeHost) -> None:
    """S60: aegisd with a bad configuration says all that is wrong, with places, and exits 78."""
    host = make_host("[workflows.w]\ntimout = 1\n[[workflows.w.steps]]\nrun = 3\n", start=False)
    with pytest.raises(AssertionError) as stopped:
        host.start()
    text = str(stopped.value)
    assert "did you mean `timeout`?" in text
    assert "2 errors" in text
    assert "Traceback" not in host.log.read_text()
    assert host.process is not None
    assert host.process.wait() == 78


def test_a_store_of_a_later_version_does_not_start(make_host: MakeHost) -> None:
    """Exit status 78, with which the unit makes no other try, and 1 for what another try may mend; `--check` says the
    same."""
    host = make_host(STEP)
    assert host.stop() == 0
    store = host.state_dir / "store.sqlite"
    with contextlib.closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA user_version = 999")
    for words in ((), ("--check",)):
        done = _run_aegisd(host, *words)
        assert (done.returncode, "written by a later aegis (schema 999" in done.stderr) == (78, True), done
    store.write_bytes(b"no database")
    assert _run_aegisd(host).returncode == 1


def _run_aegisd(host: Host, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [*program("aegisd"), "--config", str(host.config_path), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_json_log(make_host: MakeHost) -> None:
    """`--log-format json` writes one object per line."""
    host = make_host(STEP, start=False)
    host.options = ("--log-format", "json")
    host.start()
    host.stop()
    lines = [json.loads(line) for line in host.log.read_text().splitlines()]
    assert {"time", "level", "logger", "message"} <= lines[0].keys()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(
    not Path(PYTHON_FOR_ALL).exists(), reason="this interpreter is in a folder that others may not enter"
)
def test_readers_may_not_change_things(make_host: MakeHost) -> None:
    """Somebody who can connect but is no operator reads everything and is told who may do more (exit 77)."""
    closed = [str(folder) for folder in (ROOT, *ROOT.parents) if folder.stat().st_mode & 0o001 == 0]
    if closed:
        pytest.skip(f"NOT TESTED HERE: other users cannot start aegisctl, as {closed[-1]} is closed to them")
    host = make_host(STEP, control='group = "nogroup"\noperators = ["daemon"]')
    host.folder.chmod(0o755)
    for parent in host.folder.parents:
        if parent.stat().st_mode & 0o007 == 0:
            parent.chmod(0o755)
    host.finish(host.run("w"))
    reader = {"user": "nobody", "group": "nogroup", "extra_groups": [], "python": PYTHON_FOR_ALL}
    assert "#1" in host.ctl("status", **reader).stdout
    refused = host.ctl("run", "w", check=77, **reader)
    assert "nobody" in refused.stderr
    assert "daemon" in refused.stderr
    operator = {**reader, "user": "daemon"}
    host.ctl("run", "w", **operator)
    trigger = host.show(2)["run"]["trigger"]
    assert (trigger["kind"], trigger["name"], trigger["by"]) == ("manual", None, "daemon")
