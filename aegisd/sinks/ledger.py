"""The books of one subscription: what was delivered, what failed, what is open, and up to where all is done."""

from collections import deque
from collections.abc import Sequence
from typing import Any

from attrs import define, field, frozen

from aegisd.sinks.base import Item

_RECENT = 20


@frozen(kw_only=True)
class Delivery:
    """One handing over that has ended: events `first_seq` to `last_seq`, after so many attempts, with or without
    success. `error` is that of the last attempt that failed; times are RFC 3339 in UTC and seconds."""

    first_seq: int
    last_seq: int
    events: int
    attempts: int
    success: bool
    duration_s: float
    ended_at: str
    error: str | None = None


@define(eq=False, kw_only=True)
class Ledger:
    """`done` is the seq up to which nothing needs to be delivered again. `delivered` and `lost` count events, `missed`
    those that retention dropped before their turn, `failures` attempts in a row."""

    done: int
    delivered: int = 0
    lost: int = 0
    missed: int = 0
    failures: int = 0
    lost_in_a_row: int = 0
    error: str | None = None
    recent: deque[Delivery] = field(factory=lambda: deque(maxlen=_RECENT))
    _open: dict[int, None] = field(factory=dict)
    _handed: int = 0

    def begin(self, items: Sequence[Item]) -> None:
        """`items` are on their way."""
        self._open[items[0].seq] = None
        self._handed = items[-1].seq

    def pass_over(self, seq: int) -> None:
        """There is nothing to deliver up to `seq` but what is on its way."""
        self._handed = max(self._handed, seq)
        self._advance()

    def end(self, delivery: Delivery) -> None:
        """A delivery has ended."""
        del self._open[delivery.first_seq]
        self.recent.append(delivery)
        if delivery.success:
            self.delivered += delivery.events
        else:
            self.lost += delivery.events
            self.lost_in_a_row += delivery.events
        self._advance()

    @property
    def open(self) -> int:
        """How many deliveries are on their way."""
        return len(self._open)

    def _advance(self) -> None:
        first = next(iter(self._open), None)
        self.done = max(self.done, self._handed if first is None else first - 1)

    def show(self) -> dict[str, Any]:
        """What people see of it."""
        return {
            "done": self.done,
            "delivered": self.delivered,
            "lost": self.lost,
            "missed": self.missed,
            "failures": self.failures,
            "error": self.error,
        }
