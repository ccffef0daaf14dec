"""1,000 steps `true` one after the other, contained and recorded, with one reader: against the bare spawns."""

import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.behaviour.host import Host
from tests.bench.frame import Effort, Line, pair
from tests.bench.steps import make_workflow, time_run, time_spawns

_COUNT = 1000
_TARGETS = {"normal": 1.5, "full": 1.8}


def measure(effort: Effort) -> Iterator[Line]:
    """A line for each kind of `synchronous`."""
    count = effort.part(_COUNT)
    for synchronous, target in _TARGETS.items():
        with tempfile.TemporaryDirectory() as folder:
            host = Host(
                Path(folder),
                make_workflow("w", count, "run = 'true'"),
                daemon=f'synchronous = "{synchronous}"\nkeep = {{ runs = 1000 }}',
            )
            host.start()
            try:
                time_run(host, "w")
                limit = functools.partial(time_spawns, count)
                ratios, spent = pair(effort.rounds, limit, functools.partial(time_run, host, "w"))
            finally:
                host.stop()
        each = sorted(spent)[len(spent) // 2] / count * 1000
        yield Line(
            work=f"{count:,} sequential steps `true`, synchronous = {synchronous}",
            values=ratios,
            unit="x",
            target=target,
            limit=f"posix_spawn of `/bin/sh -c true` and wait; {each:.2f} ms a step",
        )
