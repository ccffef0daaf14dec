"""When an expression is due, against an oracle that knows nothing of the library: it walks the minutes of ten years
around both changes of the clock, with the fields of the expression as plain sets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegisd.triggers.cron import Schedule

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
YEARS = range(2020, 2030)

Fields = tuple[set[int], set[int], set[int]]


def seconds(*when: int) -> int:
    """Seconds since 1970 of a time in UTC."""
    return int(datetime(*when, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]


def show(moment: int, zone: str) -> str:
    """What the clock of `zone` says."""
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).isoformat()


def offset_at(moment: int, zone: ZoneInfo) -> timedelta:
    """How far the clock is ahead of UTC."""
    return datetime.fromtimestamp(moment, zone).utcoffset() or timedelta()


def changes_of(zone: ZoneInfo) -> list[int]:
    """The moments of YEARS at which the clock was changed: found hour by hour, then minute by minute."""
    found = []
    for hour in range(seconds(YEARS[0], 1, 1), seconds(YEARS[-1] + 1, 1, 1), 3600):
        if offset_at(hour, zone) != offset_at(hour + 3600, zone):
            minutes = range(hour, hour + 3600, 60)
            found += [m + 60 for m in minutes if offset_at(m, zone) != offset_at(m + 60, zone)]
    return found


CHANGES = {name: changes_of(ZoneInfo(name)) for name in ZONES}


def local(moment: int, zone: ZoneInfo) -> datetime:
    """What the clock shows, without its zone."""
    return datetime.fromtimestamp(moment, zone).replace(tzinfo=None, fold=0)


def walk(fields: Fields, zone: ZoneInfo, start: int, end: int, *, by_clock: bool) -> Iterator[int]:
    """The due minutes in (`start`, `end`]. Two days of history tell which clock times have been shown before."""
    minutes, hours, weekdays = fields

    def fits(clock: datetime) -> bool:
        return clock.minute in minutes and clock.hour in hours and clock.isoweekday() % 7 in weekdays

    shown = {local(m, zone) for m in range(start - 172_800, start + 60, 60)}
    for moment in range(start + 60, end + 60, 60):
        clock, before = local(moment, zone), local(moment - 60, zone)
        is_repeated = clock in shown
        shown.add(clock)
        skipped = [before + timedelta(minutes=n) for n in range(1, (clock - before) // timedelta(minutes=1))]
        by_name = (fits(clock) and not is_repeated) or any(fits(each) for each in skipped)
        if fits(clock) if by_clock else by_name:
            yield moment


def format_field(values: set[int], whole: int) -> str:
    """`*`, or a list."""
    return "*" if len(values) == whole else ",".join(map(str, sorted(values)))


@st.composite
def expressions(draw: st.DrawFn) -> tuple[str, Fields, bool]:
    """An expression whose hours are likely to be those of a change, its fields, and whether it follows the clock."""
    minutes = draw(st.one_of(st.just(set(range(60))), st.sets(st.integers(0, 59), min_size=1, max_size=4)))
    hours = draw(
        st.one_of(
            st.just(set(range(24))),
            st.sets(st.integers(0, 4), min_size=1, max_size=3),
            st.sets(st.integers(0, 23), min_size=1, max_size=3),
        )
    )
    weekdays = draw(st.one_of(st.just(set(range(7))), st.sets(st.integers(0, 6), min_size=1, max_size=4)))
    steps = draw(st.sampled_from([None, 5, 7, 10, 15, 20, 30]))
    text = format_field(minutes, 60)
    if steps is not None:
        minutes, text = set(range(0, 60, steps)), f"*/{steps}"
    cron = f"{text} {format_field(hours, 24)} * * {format_field(weekdays, 7)}"
    return cron, (minutes, hours, weekdays), cron.startswith("*") or cron.split()[1].startswith("*")


@pytest.mark.parametrize("name", ZONES)
@settings(max_examples=60)
@given(expression=expressions(), place=st.integers(min_value=0))
def test_ten_years_of_changes(name: str, expression: tuple[str, Fields, bool], place: int) -> None:
    """Two days around a change of the clock, forward or back: every due minute, none twice, none else."""
    cron, fields, by_clock = expression
    change = CHANGES[name][place % len(CHANGES[name])]
    start, end = change - 86_400, change + 86_400
    schedule, moment, found = Schedule(cron, ZoneInfo(name)), start, []
    while (following := schedule.after(moment)) is not None and following <= end:
        assert following > moment
        found.append(following)
        moment = following
    expected = list(walk(fields, ZoneInfo(name), start, end, by_clock=by_clock))
    assert [show(m, name) for m in found] == [show(m, name) for m in expected]


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("cron", ["30 2 * * *", "*/10 3 * * *", "0 */2 * * *", "15 1,2,3 * * *"])
def test_every_change_of_ten_years(name: str, cron: str) -> None:
    """Each of the twenty changes, for the expressions that are most likely to go wrong."""
    minute, hour = cron.split()[:2]
    minutes = set(range(0, 60, 10)) if minute == "*/10" else {int(minute)}
    hours = set(range(0, 24, 2)) if hour == "*/2" else {int(each) for each in hour.split(",")}
    by_clock = "*" in minute + hour
    schedule, zone = Schedule(cron, ZoneInfo(name)), ZoneInfo(name)
    assert len(CHANGES[name]) == 2 * len(YEARS)
    for change in CHANGES[name]:
        start, end = change - 7200, change + 14_400
        expected = list(walk((minutes, hours, set(range(7))), zone, start, end, by_clock=by_clock))
        found, moment = [], start
        while (following := schedule.after(moment)) is not None and following <= end:
            found.append(following)
            moment = following
        assert [show(m, name) for m in found] == [show(m, name) for m in expected]


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        ("30 2 * * *", (2026, 3, 28, 12), ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]),
        ("0,30 2 * * *", (2026, 3, 28, 12), ["2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"]),
        ("0 30 2 * * *", (2026, 3, 28, 12), ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]),
        ("30 2 * * *", (2026, 10, 24, 12), ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]),
        ("*/30 2 * * *", (2026, 10, 24, 23, 50), ["2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00"]),
        ("*/30 2 * * *", (2026, 10, 25, 0, 30), ["2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00"]),
        ("*/30 2 * * *", (2026, 3, 28, 12), ["2026-03-30T02:00:00+02:00", "2026-03-30T02:30:00+02:00"]),
        ("0 2 * * *", (2026, 11, 21), ["2026-11-21T02:00:00+01:00", "2026-11-22T02:00:00+01:00"]),
        ("0 0 29 2 *", (2026, 1, 1), ["2028-02-29T00:00:00+01:00", "2032-02-29T00:00:00+01:00"]),
        ("0 9 L * *", (2026, 2, 1), ["2026-02-28T09:00:00+01:00", "2026-03-31T09:00:00+02:00"]),
        ("* * * * * *", (2026, 11, 21), ["2026-11-21T01:00:01+01:00", "2026-11-21T01:00:02+01:00"]),
    ],
)
def test_berlin(cron: str, after: tuple[int, ...], expected: list[str]) -> None:
    """The rule by example: a skipped time right after the gap, a repeated one once; the clock is followed by others."""
    schedule, moment, found = Schedule(cron, ZoneInfo("Europe/Berlin")), seconds(*after), []
    for _ in expected:
        following = schedule.after(moment)
        assert following is not None
        found.append(show(following, "Europe/Berlin"))
        moment = following
    assert found == expected


@settings(max_examples=40)
@given(
    expression=expressions(), name=st.sampled_from(ZONES), span=st.integers(1, 40 * 86_400), at=st.integers(0, 10**8)
)
def test_latest_is_the_last_of_all(expression: tuple[str, Fields, bool], name: str, span: int, at: int) -> None:
    """`latest` finds what walking through all of them ends at, and `count` counts them."""
    schedule, start = Schedule(expression[0], ZoneInfo(name)), seconds(2024, 1, 1) + at
    everything, moment = [], start
    while (following := schedule.after(moment)) is not None and following <= start + span and len(everything) < 3000:
        everything.append(following)
        moment = following
    if len(everything) < 3000:
        assert schedule.latest(after=start, until=start + span) == (everything[-1] if everything else None)
        assert schedule.count(after=start, until=start + span, most=100) == min(100, len(everything))


def test_a_delay_moves_all_of_it() -> None:
    """With a delay everything is due so much later, and nothing else changes."""
    plain, late = (Schedule("0 2 * * *", UTC, delay=delay) for delay in (0, 90))
    start = seconds(2026, 11, 21, 2, 1)
    assert plain.after(start) == seconds(2026, 11, 22, 2)
    assert late.after(start) == seconds(2026, 11, 21, 2, 1, 30)


def test_rare_times_are_found() -> None:
    """Days of the month and of the week are alternatives where both are named; what is years away is found too."""
    assert Schedule("0 0 30 2 MON", UTC).after(seconds(2026, 1, 1)) == seconds(2026, 2, 2)
    assert Schedule("0 0 31 2,4 MON#5", UTC).after(0) is not None
