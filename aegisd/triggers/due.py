"""Whether a timer is to start a run now: one pure decision, whatever the clock did meanwhile.

`last` is the moment up to which everything that was due has been decided. It only moves forward, with two exceptions
that `rewind` names; so no moment is decided twice, and none is passed over in silence.
"""

from enum import StrEnum

from attrs import frozen

from aegisd.triggers.cron import Schedule

ON_TIME_S = 90.0
"""A run that starts so much later than it was due is still on time: clocks are looked at every minute."""

MOST_BACK_S = 2 * 86_400.0
"""A clock that was set back by more than this had been wrong, and what was due by it does not count any more."""

MOST_COUNTED = 1000


class Action(StrEnum):
    """What to do."""

    NOTHING = "nothing"
    RUN = "run"
    MISSED = "missed"


@frozen(kw_only=True)
class Due:
    """A decision. `at` is the last moment that was due, `number` how many were since the last decision (of which
    MOST_COUNTED stands for that many or more)."""

    action: Action
    at: int = 0
    number: int = 0


NOTHING = Due(action=Action.NOTHING)


def rewind(last: float, *, now: float) -> float:
    """`last` when the clock says `now`: after a clock that was far ahead, it begins again."""
    return now if last - now > MOST_BACK_S else last


def decide_due(schedule: Schedule, *, last: float, now: float, catch_up: bool) -> Due:
    """One run for all that was due after `last` and not after `now`, if the last of it was just now or `catch_up` says
    so."""
    at = schedule.latest(after=last, until=now) if now > last else None
    if at is None:
        return NOTHING
    number = schedule.count(after=last, until=at, most=MOST_COUNTED)
    runs = catch_up or now - at <= ON_TIME_S
    return Due(action=Action.RUN if runs else Action.MISSED, at=at, number=number)
