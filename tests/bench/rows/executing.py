"""1,000 steps `sleep 60` that execute: what each takes of aegisd's memory, and what aegisd does while nothing ends."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.behaviour.host import Host
from tests.bench.frame import Effort, Line
from tests.bench.process import cpu_s, resident_kib
from tests.bench.steps import make_workflow

_COUNT = 1000
_SETTLE_S = 5.0
_WATCHED_S = 15.0


def measure(effort: Effort) -> Iterator[Line]:
    """Memory and processor."""
    count = effort.part(_COUNT)
    found = [_watch(count) for _ in range(effort.rounds)]
    work = f"{count:,} executing steps `sleep 60`"
    limit = "what aegisd grew by, for each; the programs themselves apart"
    yield Line(work=f"{work}: memory", values=[kib for kib, _ in found], unit="KiB", target=60, limit=limit)
    limit = "of one processor, while none of them ends"
    yield Line(work=f"{work}: processor", values=[cpu for _, cpu in found], unit="%", target=3, limit=limit)


def _watch(count: int) -> tuple[float, float]:
    """KiB of each step, and percent of a processor."""
    config = make_workflow("w", count, "run = 'sleep 60'\nparallel = true") + make_workflow("one", 1, "run = 'true'")
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder), config)
        host.start()
        assert host.process is not None
        pid = host.process.pid
        try:
            host.finish(host.run("one"))
            before = resident_kib(pid)
            run = host.run("w")
            host.wait_until(lambda: _executing(host, run) == count, 60)
            time.sleep(_SETTLE_S)
            kib, begun = (resident_kib(pid) - before) / count, (time.monotonic(), cpu_s(pid))
            time.sleep(_WATCHED_S)
            used = (cpu_s(pid) - begun[1]) / (time.monotonic() - begun[0]) * 100
            host.call("CancelRun", run=run, force=True)
            host.finish(run)
        finally:
            host.stop()
    return kib, used


def _executing(host: Host, run: int) -> int:
    return int(host.call("CountEvents", run=run, types=["step.started"])["count"])
