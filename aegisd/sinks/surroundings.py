"""What sinks are given of the rest of aegisd."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import trio
from attrs import frozen

from aegisd.core.event_filter import EventFilter
from aegisd.core.model import RunSummary
from aegisd.executors.command import Command


class History(Protocol):
    """The part of the store that sinks read."""

    async def read_events(self, after: int, *, limit: int, wanted: EventFilter) -> list[tuple[int, bytes]]:
        """At most `limit` events above `after` that pass, in order."""

    async def get_run(self, run: int) -> RunSummary | None:
        """One run."""


class Process(Protocol):
    """A program that runs; the two ends are known once its block is left."""

    exit_code: int | None
    signal: str | None

    async def wait(self) -> None:
        """Until it has ended by itself."""


class Executor(Protocol):
    """What runs programs."""

    def open_process(self, command: Command, *, hurry: trio.Event) -> AbstractAsyncContextManager[Process]:
        """Start `command`; raises SpawnError. Leaving the block ends all of it."""


@frozen(kw_only=True)
class Surroundings:
    """`epoch` names the store, as in cursors; `environment` is what programs inherit."""

    state_dir: Path
    epoch: str
    store: History
    executor: Executor
    environment: Mapping[str, str]


def encode_line(epoch: str, seq: int, body: bytes) -> bytes:
    """An event as `aegisctl tail-events --json` prints it, without the line break: its cursor, then its fields."""
    return b'{"cursor":"%b.%d",%b' % (epoch.encode(), seq, body[1:])
