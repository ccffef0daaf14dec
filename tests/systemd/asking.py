"""How the checks of inside.py ask systemd and aegisctl: standard library only."""

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def run(*words: str, check: bool = True) -> str:
    """What a command prints."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert not check or done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout


def ctl(*words: str, check: bool = True) -> str:
    """aegisctl, as root."""
    return run("aegisctl", *words, check=check)


def show(name: str) -> str:
    """A property of the service."""
    return run("systemctl", "show", "--value", "-p", name, "aegisd.service").strip()


def journal() -> str:
    """The last lines of the service."""
    done = subprocess.run(
        ["journalctl", "-u", "aegisd", "-n", "15", "--no-pager"], capture_output=True, text=True, check=False
    )
    return done.stdout


def wait_until(ready: Callable[[], object], patience: float = 60) -> None:
    """Until `ready()` is true."""
    deadline = time.monotonic() + patience
    while not ready():
        assert time.monotonic() < deadline, journal()
        time.sleep(0.1)


def start_run(workflow: str) -> str:
    """The number of a new run."""
    return ctl("run", workflow, "--detach", "--print-id").strip()


def result_of(number: str) -> str:
    """How a run ended, or an empty text."""
    return str(json.loads(ctl("show", number, "--json")).get("run", {}).get("result") or "")


@contextlib.contextmanager
def drop_in(text: str) -> Iterator[None]:
    """The service with more in its unit."""
    path = Path("/run/systemd/system/aegisd.service.d/test.conf")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "aegisd")
    try:
        yield
    finally:
        path.unlink()
        run("systemctl", "daemon-reload")
        run("systemctl", "restart", "aegisd")
