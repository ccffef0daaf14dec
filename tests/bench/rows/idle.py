"""An aegisd that has nothing to do: its resident memory with and without HTTP, and how often it wakes up."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.behaviour.host import Host
from tests.bench.frame import Effort, Line
from tests.bench.process import count_wakeups, resident_kib

_CONFIG = "[workflows.w]\n[[workflows.w.steps]]\nrun = 'true'\n"
_SETTLE_S = 16.0  # threads that the start needed end after ten seconds
_WATCHED_S = 10.0


def measure(effort: Effort) -> Iterator[Line]:
    """Memory on and off, then wake-ups with HTTP on."""
    memory: dict[bool, list[float]] = {True: [], False: []}
    wakeups: list[float] = []
    for _ in range(effort.rounds):
        for is_web, kept in memory.items():
            kib, often = _watch(is_web=is_web, seconds=effort.share * _WATCHED_S)
            kept.append(kib / 1024)
            wakeups += [often] if is_web else []
    limit = "resident memory of aegisd, one workflow, nothing has run yet"
    yield Line(work="idle memory, HTTP on", values=memory[True], unit="MiB", target=64, limit=limit)
    yield Line(work="idle memory, HTTP off", values=memory[False], unit="MiB", target=40, limit=limit)
    limit = "context switches of all its threads by its own will, HTTP on"
    yield Line(work="idle wake-ups", values=wakeups, unit="/s", target=2, limit=limit)


def _watch(*, is_web: bool, seconds: float) -> tuple[float, float]:
    """KiB, and wake-ups a second."""
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder), _CONFIG, is_web=is_web)
        host.spawning = {"env": {**os.environ, "WATCHDOG_USEC": "20000000"}}  # as the unit has it
        host.start()
        assert host.process is not None
        try:
            time.sleep(_SETTLE_S)
            before = count_wakeups(host.process.pid)
            time.sleep(seconds)
            woken = sum(count - before.get(thread, 0) for thread, count in count_wakeups(host.process.pid).items())
            return resident_kib(host.process.pid), woken / seconds
        finally:
            host.stop()
