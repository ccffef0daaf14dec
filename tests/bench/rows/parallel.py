"""200 steps `sleep 1` at once: against the second that each takes."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.behaviour.host import Host
from tests.bench.frame import Effort, Line
from tests.bench.steps import make_workflow, time_run

_COUNT = 200


def measure(effort: Effort) -> Iterator[Line]:
    """The one line."""
    count = effort.part(_COUNT)
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder), make_workflow("w", count, "run = 'sleep 1'\nparallel = true"))
        host.start()
        try:
            time_run(host, "w")
            spent = [time_run(host, "w") for _ in range(effort.rounds)]
        finally:
            host.stop()
    yield Line(work=f"{count} parallel steps `sleep 1`", values=spent, unit="s", target=1.25, limit="1 s of sleep")
