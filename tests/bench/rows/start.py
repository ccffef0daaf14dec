"""From exec to `READY=1`, as systemd sees it: on an empty store and on one of 10,000 runs, HTTP configured in both."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.behaviour.host import Host
from tests.bench.frame import Effort, Line

_RUNS = 10_000
_STEP = "max_concurrent = 8\n[[workflows.{name}.steps]]\ntype = 'wait'\nseconds = 0\n"
_CONFIG = "".join(f"[workflows.w{number}]\n{_STEP.format(name=f'w{number}')}" for number in range(10))
_ACTIVE = ["pending", "executing", "finalizing"]


def measure(effort: Effort) -> Iterator[Line]:
    """A line for each store."""
    runs = effort.part(_RUNS)
    with tempfile.TemporaryDirectory() as folder:
        daemon = 'runs = 8\nqueue_limit = 20000\nkeep = { runs = 1000000 }\nsynchronous = "normal"'
        host = Host(Path(folder), _CONFIG, daemon=daemon, is_web=True)
        empty = [_time_start(host) for _ in range(effort.rounds)]
        yield Line(work="ready after exec, empty store", values=empty, unit="s", target=0.6, limit="absolute")
        host.start()
        for number in range(runs):
            host.run(f"w{number % 10}")
        host.wait_until(lambda: not host.call("ListRuns", states=_ACTIVE)["runs"], 600)
        host.stop()
        full = [_time_start(host) for _ in range(effort.rounds)]
        yield Line(work=f"ready after exec, {runs:,} runs", values=full, unit="s", target=0.8, limit="absolute")


def _time_start(host: Host) -> float:
    """Seconds from exec until aegisd tells the socket that systemd would give it that it is ready."""
    path = host.folder / "notify"
    path.unlink(missing_ok=True)
    words = [sys.executable, "-m", "aegisd", "--config", str(host.config_path)]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, host.log.open("ab") as log:
        notify.bind(str(path))
        notify.settimeout(60)
        environment = {**os.environ, "NOTIFY_SOCKET": str(path)}
        begun = time.perf_counter()
        process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            while b"READY=1" not in notify.recv(4096):
                pass
            return time.perf_counter() - begun
        finally:
            process.terminate()
            process.wait()
