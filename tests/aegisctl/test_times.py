"""Times for people, and people's times."""

from datetime import UTC, datetime

import pytest

from aegisctl.times import format_age, format_due, format_since, format_span, format_utc, parse_time
from aegisctl.when import parse_when

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00Z", "2000-02-29T23:59:59.999Z", "2026-11-21T08:00:31+00:00"])
def test_wire_times_are_read_as_datetime_reads_them(text: str) -> None:
    """The hand-written reader agrees with the standard library."""
    assert parse_time(text) == pytest.approx(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-21T08:00:31", "2026-11-21T08:00:31+01:00"])
def test_other_times_are_refused(text: str) -> None:
    """A time without a zone, or in another one, is not a time of the wire."""
    with pytest.raises(ValueError, match="is not a time in UTC"):
        parse_time(text)


@pytest.mark.parametrize(
    ("seconds", "age", "since"),
    [
        (0.4, "now", "0 s"),
        (42, "42s ago", "42 s"),
        (150, "2m ago", "2 min"),
        (3 * 3600, "3h ago", "3 hours"),
        (86400 + 5, "yesterday", "1 day"),
        (3 * 86400, "3 days ago", "3 days"),
    ],
)
def test_ages(seconds: float, age: str, since: str) -> None:
    """Ages get coarser as they grow."""
    assert format_age(seconds) == age
    assert format_since(seconds) == since


def test_spans() -> None:
    """How long something takes reads like a clock."""
    assert [format_span(value) for value in (0.4, 24, 725, 7500)] == ["0:00", "0:24", "12:05", "2:05:00"]


def test_due_times_name_the_day_when_it_is_not_today() -> None:
    """A time today, a day this week, a date beyond."""
    due = [format_due(NOW + days * 86400, now=NOW, utc=True) for days in (0.5, 2, 30)]
    assert due == ["00:00", "Mon 12:00", "2026-12-21"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", "2026-11-21T10:00:00.000Z"),
        ("30m ago", "2026-11-21T11:30:00.000Z"),
        ("1d12h", "2026-11-20T00:00:00.000Z"),
        ("now", "2026-11-21T12:00:00.000Z"),
        ("2026-11-21T08:00:31Z", "2026-11-21T08:00:31.000Z"),
        ("2026-11-21T09:00:31+01:00", "2026-11-21T08:00:31.000Z"),
    ],
)
def test_points_in_time(text: str, moment: str) -> None:
    """Ages, names and RFC 3339 become UTC."""
    assert parse_when(text, now=NOW) == moment


@pytest.mark.parametrize("text", ["today", "yesterday", "08:00", "2026-11-21", "2026-11-21 08:00"])
def test_local_times_are_taken_in_the_users_zone(text: str) -> None:
    """What has no zone is the user's own time."""
    moment = datetime.fromisoformat(parse_when(text, now=NOW))
    assert format_utc(moment.timestamp()).endswith("Z")
    assert moment <= datetime.fromtimestamp(NOW + 86400, tz=UTC)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01", "-5m"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """The message lists what a time may look like."""
    with pytest.raises(ValueError, match="is not a time: expected"):
        parse_when(text, now=NOW)
