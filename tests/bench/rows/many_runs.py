"""1,000 runs of one step `true`, eight at once, from the first request to the last end: against GNU make."""

import functools
import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.behaviour.host import Host
from tests.bench.frame import Effort, Line, pair

_COUNT = 1000
_AT_ONCE = 8
_CONFIG = f"[workflows.w]\nmax_concurrent = {_AT_ONCE}\n[[workflows.w.steps]]\nrun = 'true'\n"


def measure(effort: Effort) -> Iterator[Line]:
    """The one line."""
    count = effort.part(_COUNT)
    work = f"{count:,} runs of one step, {_AT_ONCE} at once, submitted and finished"
    if shutil.which("make") is None:
        yield Line(work=work, unit="x", target=2.5, skipped="GNU make is not here")
        return
    with tempfile.TemporaryDirectory() as folder:
        host = Host(
            Path(folder), _CONFIG, daemon=f"runs = {_AT_ONCE}\nqueue_limit = {count}\nkeep = {{ runs = 100000 }}"
        )
        host.start()
        try:
            _time_runs(host, _AT_ONCE)
            limit = functools.partial(_time_make, Path(folder), count)
            ratios, spent = pair(effort.rounds, limit, functools.partial(_time_runs, host, count))
        finally:
            host.stop()
    rate = count / sorted(spent)[len(spent) // 2]
    yield Line(
        work=work, values=ratios, unit="x", target=2.5, limit=f"make -j{_AT_ONCE} of the same; {rate:.0f} runs/s"
    )


def _time_make(folder: Path, count: int) -> float:
    """Seconds of make for `count` targets with the same program each."""
    makefile = folder / "Makefile"
    names = " ".join(f"t{number}" for number in range(count))
    makefile.write_text(f"all: {names}\n.PHONY: {names}\n{names}:\n\t@/bin/sh -c true\n")
    begun = time.perf_counter()
    subprocess.run(["make", "-s", f"-j{_AT_ONCE}", "-f", str(makefile)], cwd=folder, check=True)
    return time.perf_counter() - begun


def _time_runs(host: Host, count: int) -> float:
    """Seconds from the first request of eight clients until a reader has seen the end of all runs."""
    cursor = host.call("GetStatus")["cursor"]
    clients = [
        threading.Thread(target=_submit, args=(host, count // _AT_ONCE + (number < count % _AT_ONCE)))
        for number in range(_AT_ONCE)
    ]
    begun = time.perf_counter()
    for thread in clients:
        thread.start()
    ends = host.stream("TailEvents", types=["workflow.completed"], after=cursor, follow=True)
    for _ in range(count):
        assert next(ends)["event"]["data"]["result"] == "success"
    spent = time.perf_counter() - begun
    for thread in clients:
        thread.join()
    return spent


def _submit(host: Host, count: int) -> None:
    """Over one connection, each once the one before is acknowledged."""
    call = {"method": "io.aegisd.Control.StartRun", "parameters": {"workflow": "w", "params": {}}}
    with host.connect() as connection:
        for _ in range(count):
            connection.sendall(json.dumps(call).encode() + b"\0")
            assert b'"run":' in connection.recv(4096)
