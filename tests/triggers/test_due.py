"""What a timer decides, whatever its clock does: nothing twice, nothing passed over."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from aegisd.triggers.cron import Schedule
from aegisd.triggers.due import MOST_BACK_S, MOST_COUNTED, ON_TIME_S, Action, decide_due, rewind

HOUR, DAY = 3600.0, 86_400.0
START = datetime(2026, 3, 28, tzinfo=UTC).timestamp()  # the night before Berlin sets its clocks forward
NIGHTLY = Schedule("0 2 * * *", UTC)


@define
class Timer:
    """A timer as the task keeps it. `runs` are the due times that started one, `decided` all that were decided."""

    schedule: Schedule
    catch_up: bool
    last: float
    runs: list[int] = field(factory=list)
    decided: list[int] = field(factory=list)

    def look(self, now: float) -> Action:
        """Decide as the task does, and note every due time that the decision is about."""
        self.last = rewind(self.last, now=now)
        due = decide_due(self.schedule, last=self.last, now=now, catch_up=self.catch_up)
        if due.action is Action.NOTHING:
            return due.action
        about = list(due_times(self.schedule, self.last, due.at))
        assert about[-1] == due.at
        assert min(len(about), MOST_COUNTED) == due.number
        self.decided += about
        self.last = due.at
        if due.action is Action.RUN:
            self.runs.append(due.at)
        return due.action


def due_times(schedule: Schedule, after: float, until: float) -> list[int]:
    """All of them, by walking."""
    found: list[int] = []
    moment = schedule.after(after)
    while moment is not None and moment <= until:
        found.append(moment)
        moment = schedule.after(moment)
    return found


jumps = st.one_of(
    st.just(0.0), st.sampled_from([HOUR, -HOUR, DAY, -DAY, 3 * DAY]), st.floats(-DAY, DAY, allow_nan=False)
)
crons = st.sampled_from(["0 * * * *", "*/30 * * * *", "30 2 * * *", "0 2 * * SUN", "15,45 1-3 * * *"])


@given(cron=crons, steps=st.lists(st.tuples(st.floats(0.1, 2 * HOUR), jumps), max_size=8), catch_up=st.booleans())
def test_nothing_twice_and_nothing_passed_over(cron: str, steps: list[tuple[float, float]], *, catch_up: bool) -> None:
    """The clock is set an hour or a day forward and back, the host sleeps: each due time is decided once, in order,
    and after each look none up to then is left. With catch_up each decision is one run."""
    timer = Timer(Schedule(cron, ZoneInfo("Europe/Berlin")), catch_up, START)
    now = highest = START
    for elapsed, jump in steps:
        now += elapsed + jump
        if highest - now > MOST_BACK_S:
            return
        action = timer.look(now)
        highest = max(highest, now)
        assert timer.last <= highest
        assert (timer.schedule.after(timer.last) or highest + 1) > now
        assert action is not Action.MISSED or not catch_up
    assert timer.decided == due_times(timer.schedule, START, highest)
    assert len(set(timer.runs)) == len(timer.runs)


@pytest.mark.parametrize("catch_up", [True, False])
def test_downtime(*, catch_up: bool) -> None:
    """After three nights without anybody: one run for all of them, or the news that they were missed."""
    timer = Timer(NIGHTLY, catch_up, START + 3 * HOUR)
    assert timer.look(START + 3 * DAY + 9 * HOUR) is (Action.RUN if catch_up else Action.MISSED)
    assert len(timer.decided) == 3
    assert len(timer.runs) == int(catch_up)
    assert timer.look(START + 3 * DAY + 10 * HOUR) is Action.NOTHING


@pytest.mark.parametrize(
    ("late", "action"), [(0.0, Action.RUN), (ON_TIME_S, Action.RUN), (ON_TIME_S + 1, Action.MISSED)]
)
def test_a_little_late_is_on_time(late: float, action: Action) -> None:
    """A clock is looked at once a minute, and a restart takes a moment: that is no miss."""
    assert Timer(NIGHTLY, catch_up=False, last=START).look(START + 2 * HOUR + late) is action


def test_not_before_it_is_due() -> None:
    """A moment before is too early."""
    timer = Timer(NIGHTLY, catch_up=True, last=START)
    assert timer.look(START + 2 * HOUR - 0.001) is Action.NOTHING
    assert timer.look(START + 2 * HOUR) is Action.RUN


def test_a_clock_that_was_far_ahead() -> None:
    """After a clock that showed another year is put right, the timer goes on from now, not from that year on."""
    timer = Timer(NIGHTLY, catch_up=True, last=START)
    assert timer.look(START + 400 * DAY) is Action.RUN
    assert timer.look(START + HOUR) is Action.NOTHING
    assert timer.look(START + 2 * HOUR) is Action.RUN
    assert timer.runs[-1] == START + 2 * HOUR


def test_a_day_back_does_nothing_again() -> None:
    """A clock that is set back by a day shows due times that have been; the next new one is due as ever."""
    timer = Timer(NIGHTLY, catch_up=True, last=START)
    assert timer.look(START + 2 * HOUR) is Action.RUN
    assert timer.look(START + 2 * HOUR - DAY) is Action.NOTHING
    assert timer.look(START + 2 * HOUR) is Action.NOTHING
    assert timer.look(START + DAY + 2 * HOUR) is Action.RUN


def test_a_long_downtime_is_counted_up_to_a_bound() -> None:
    """Nobody waits for the exact number of missed minutes of a year."""
    due = decide_due(Schedule("* * * * *", UTC), last=START, now=START + 365 * DAY, catch_up=True)
    assert (due.action, due.number, due.at) == (Action.RUN, MOST_COUNTED, START + 365 * DAY)
