"""An attempt whose program went on while aegisd was away, as the next aegisd takes it over.

Its step is not told to have been cut short: the attempt goes on with what is left of its limit, and the type of the
step is executed again with the program that is there instead of a new one.
"""

import math
from collections.abc import Mapping
from typing import Protocol

from attrs import frozen

from aegisd.core.events import StepAdopted
from aegisd.core.state import RunState, StepState
from aegisd.timeline.identity import Clock, parse_time


class Ward(Protocol):
    """A program without an owner; see the executors."""

    @property
    def name(self) -> str:
        """As `name_attempt` says."""

    @property
    def memo(self) -> str:
        """What came with its command."""

    @property
    def ended_at(self) -> float | None:
        """When it ended (seconds since the boot); None while it goes on."""

    async def end(self) -> None:
        """End it, unless it was taken over."""


@frozen(kw_only=True, eq=False)
class TakenOver:
    """The attempt of `ward`: it began at the monotonic second `begun` (so that one which has ended has lasted until
    now), and at `since` seconds since 1970, as the earlier of two clocks says."""

    ward: Ward
    begun: float
    since: float

    def left(self, limit: float, *, now: float) -> float:
        """Seconds that are left of `limit` at the monotonic second `now`; no end for one that has ended in time."""
        left = max(0.0, limit - (now - self.begun))
        return math.inf if left and self.ward.ended_at is not None else left

    def tell(self, *, now: float) -> StepAdopted:
        """The event that says so."""
        return StepAdopted(ended=self.ward.ended_at is not None, after_s=round(max(0.0, now - self.begun), 6))


def name_attempt(run: int, index: int, attempt: int) -> str:
    """What an attempt is called on this host."""
    return f"run-{run}.step-{index}.attempt-{attempt}"


def find_ward(state: RunState, step: StepState, wards: Mapping[str, Ward]) -> Ward | None:
    """The program of the attempt that `step` is in, if it went on."""
    return wards.get(name_attempt(state.id, step.index, step.attempt))


def take_over(step: StepState, ward: Ward, clock: Clock) -> TakenOver:
    """The attempt that `step` is in goes on."""
    passed = max(0.0, clock.since(step.attempt_began) - ended_ago(ward, clock))
    mark = step.attempt_began
    since = clock.wall() - passed
    return TakenOver(
        ward=ward,
        begun=clock.monotonic() - passed,
        since=min(since, parse_time(mark.time)) if mark is not None else since,
    )


def ended_ago(ward: Ward, clock: Clock) -> float:
    """For how many seconds it has ended; 0 while it goes on."""
    return 0.0 if ward.ended_at is None else max(0.0, clock.boottime() - ward.ended_at)
