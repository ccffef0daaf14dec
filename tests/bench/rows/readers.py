"""Durable events a second to 1, 10 and 100 clients of the control socket that follow; each of them gets all."""

from collections.abc import Iterator

import trio

from tests.bench.events import measure_socket
from tests.bench.frame import Effort, Line

_EVENTS = 100_000
_TARGETS = {1: 20_000, 10: 15_000, 100: 2_000}


def measure(effort: Effort) -> Iterator[Line]:
    """A line for each number of readers."""
    for readers, target in _TARGETS.items():
        count = effort.part(_EVENTS if readers < 100 else _EVENTS // 5)
        rates = [trio.run(measure_socket, readers, count) for _ in range(effort.rounds)]
        yield Line(
            work=f"{count:,} durable events to {readers} live reader{'s' * (readers > 1)}",
            values=rates,
            unit="/s",
            target=target,
            is_rate=True,
            limit="absolute; each reader has counted all",
        )
