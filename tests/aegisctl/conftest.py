"""A scripted daemon for each test, and aegisctl as a process: in a pipe or on a terminal."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.aegisctl.fake_daemon import FakeDaemon
from tests.aegisctl.pty_session import ROOT, PtySession
from tests.aegisctl.samples import detail, status

Cli = Callable[..., subprocess.CompletedProcess[str]]
Terminal = Callable[..., PtySession]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[FakeDaemon]:
    """A daemon that answers GetStatus, GetRun and FindRun; a test adds what it needs to `answers`."""
    answers = {"GetStatus": status(), "GetRun": {"detail": detail()}, "FindRun": {"run": 842}}
    with FakeDaemon(tmp_path / "control.sock", dict(answers)) as fake:
        yield fake


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment that is the same everywhere."""
    return {
        "AEGIS_SOCKET": str(tmp_path / "control.sock"),
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "AEGIS_PAGER": "",
        "TZ": "UTC",
    }


@pytest.fixture
def cli(env: dict[str, str]) -> Cli:
    """Makes aegisctl run in a pipe to its end, with the words that it is given."""

    def run(*words: str, stdin: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "aegisctl", *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env={**env, **changes},
            cwd=ROOT,
        )

    return run


@pytest.fixture
def on_terminal(env: dict[str, str]) -> Terminal:
    """Makes aegisctl run on a terminal of its own, with the words that it is given."""

    def open_session(*words: str, columns: int = 80, rows: int = 24, **changes: str) -> PtySession:
        return PtySession(*words, env={**env, **changes}, columns=columns, rows=rows)

    return open_session
