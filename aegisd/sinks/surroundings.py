"""What sinks are given of the rest of aegisd."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from attrs import frozen

from aegisd.core.event_filter import EventFilter
from aegisd.core.model import RunSummary
from aegisd.executors.local import LocalExecutor


class History(Protocol):
    """The part of the store that sinks read."""

    async def read_events(self, after: int, *, limit: int, wanted: EventFilter) -> list[tuple[int, bytes]]:
        """At most `limit` events above `after` that pass, in order."""

    async def get_run(self, run: int) -> RunSummary | None:
        """One run."""


@frozen(kw_only=True)
class Surroundings:
    """`epoch` names the store, as in cursors; `environment` is what programs inherit."""

    state_dir: Path
    epoch: str
    store: History
    executor: LocalExecutor
    environment: Mapping[str, str]


def encode_line(epoch: str, seq: int, body: bytes) -> bytes:
    """An event as `aegisctl tail-events --json` prints it, without the line break: its cursor, then its fields."""
    return b'{"cursor":"%b.%d",%b' % (epoch.encode(), seq, body[1:])
