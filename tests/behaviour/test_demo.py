"""The demo, which is the first thing that a newcomer runs: it must end well and leave nothing behind."""

import os
import signal
import subprocess
import time
from pathlib import Path

from tests.behaviour.host import link_programs, processes_with
from tests.source import ROOT

SCRIPT = ROOT / "docs" / "examples" / "demo" / "demo.sh"


def _start(tmp_path: Path) -> "subprocess.Popen[str]":
    path = f"{link_programs(tmp_path.with_name(tmp_path.name + '-bin'))}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "TMPDIR": str(tmp_path)}
    return subprocess.Popen(
        ["sh", str(SCRIPT)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _processes_of(folder: Path) -> list[str]:
    """Command lines that name `folder`."""
    return processes_with(str(folder))


def test_demo_ends_well_and_leaves_nothing(tmp_path: Path) -> None:
    """All four workflows run, the red one shows its failing line, and the daemon and its directory are gone."""
    process = _start(tmp_path)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert "the total is 6, not 7" in output
    assert "four workflows" in output
    assert list(tmp_path.iterdir()) == []
    assert _processes_of(tmp_path) == []


def test_interrupted_demo_leaves_nothing(tmp_path: Path) -> None:
    """After Ctrl-C in the middle there is no daemon, no step and no directory."""
    process = _start(tmp_path)
    deadline = time.monotonic() + 20
    while not list(tmp_path.glob("aegis-demo.*/control.sock")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode != 0, output
    assert list(tmp_path.iterdir()) == []
    assert _processes_of(tmp_path) == []
