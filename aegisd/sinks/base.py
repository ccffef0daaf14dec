"""What a sink is: something that takes events, one delivery after the other, and says when it could not.

A sink knows nothing of cursors, filters and repetition; that is the subscriber's.
"""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from aegisd.core.record import Record, StoredRecord

Item = Record | StoredRecord


class SinkError(Exception):
    """A delivery failed; the message says why, for people. `retry_after_s`: who did not take it wants to be left alone
    for so long."""

    def __init__(self, message: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@frozen(kw_only=True)
class Terms:
    """How events are handed to a sink: at most `batch` in one delivery and `max_concurrent` deliveries at once, each
    attempt ended after `timeout` seconds. With one at a time events keep their order. After a failure the next attempt
    waits `retry_backoff` seconds, doubled each time, or longer where the sink asks for it; after `max_retries` of them
    (None: never) they are given up."""

    batch: int = 1
    max_concurrent: int = 1
    max_retries: int | None = 0
    retry_backoff: float = 0.5
    timeout: float = 60.0


class Sink(Protocol):
    """Where events go."""

    async def deliver(self, items: Sequence[Item]) -> None:
        """Take `items`, which are in order. Raises SinkError; may be cancelled at any time, and is then asked again."""

    async def settle(self) -> None:
        """What was taken outlasts a loss of power, as far as that is the sink's to say. Raises SinkError."""

    def hasten(self) -> None:
        """An end is wanted soon: what still runs gets no more time."""

    async def close(self) -> None:
        """There will be no more deliveries."""
