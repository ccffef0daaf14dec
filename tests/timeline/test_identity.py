"""Times and ids: RFC 3339 in UTC, UUIDs of version 7 that grow."""

import os
import re
import uuid
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.model import Mark
from aegisd.timeline.identity import Clock, IdentitySource, format_time


def test_format() -> None:
    """RFC 9562: an id is a UUID of version 7 and variant 10, lower case, whose first 48 bits are milliseconds."""
    text = IdentitySource(wall=lambda: 1_800_000_000.123)()
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", text)
    parsed = uuid.UUID(text)
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == 1_800_000_000_123


@given(st.lists(st.floats(0, 2e9), min_size=2, max_size=50))
def test_ids_grow(times: list[float]) -> None:
    """W1.8: ids of one source grow strictly as text, also when the wall clock is set back or stands still."""
    clock = iter(times)
    new_id = IdentitySource(wall=lambda: next(clock))
    ids = [new_id() for _ in times]
    assert all(one < other for one, other in pairwise(ids))
    assert all(uuid.UUID(one).version == 7 for one in ids)


def test_many_in_one_millisecond() -> None:
    """10,000 ids of one millisecond grow too: the counter runs over into the next millisecond."""
    new_id = IdentitySource(wall=lambda: 1_800_000_000.0)
    ids = [new_id() for _ in range(10_000)]
    assert ids == sorted(set(ids))


def test_sources_differ() -> None:
    """Two sources at the same moment do not give the same id; all 62 bits of the tail are random."""
    one, other = (IdentitySource(wall=lambda: 1.0, entropy=os.urandom)() for _ in range(2))
    assert one != other
    least = IdentitySource(wall=lambda: 1.0, entropy=bytes)()
    most = IdentitySource(wall=lambda: 1.0, entropy=lambda count: b"\xff" * count)()
    assert uuid.UUID(most).int - uuid.UUID(least).int == 2**62 - 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_800_000_000.5, "2027-01-15T08:00:00.500Z"),
        (951_782_399.999, "2000-02-28T23:59:59.999Z"),
    ],
)
def test_times_are_utc(seconds: float, text: str) -> None:
    """W3.9: RFC 3339 in UTC, always with milliseconds, so that text sorts like time."""
    assert format_time(seconds) == text


def test_what_outlasts_aegisd() -> None:
    """The time since a mark of the same boot is that of the boot's own clock, whatever was done to the wall clock; of
    another boot it is wall time, never negative."""
    clock = Clock(wall=lambda: 50.0, boottime=lambda: 9.0, boot_id=lambda: "this")
    early, late = "1970-01-01T00:00:10.000Z", "1970-01-02T00:00:00.000Z"
    assert clock.since(Mark(time=late, boot_id="this", boottime_s=7.0)) == 2.0
    assert clock.since(Mark(time=early, boot_id="this", boottime_s=70.0)) == 0.0
    assert clock.since(Mark(time=early, boot_id="other", boottime_s=7.0)) == 40.0
    assert clock.since(Mark(time=late, boot_id="other", boottime_s=7.0)) == 0.0
    assert clock.since(Mark(time=early)) == 40.0
    assert clock.since(None) == 0.0


def test_the_boot_has_a_name() -> None:
    """The real clock knows the boot it is in, and how long that has lasted."""
    clock = Clock()
    assert clock.boot_id == Clock().boot_id
    assert 0 < clock.boottime() <= Clock().boottime()


def test_clock() -> None:
    """The wall clock and the monotonic one are passed in, and not mixed."""
    clock = Clock(wall=lambda: 5.0, monotonic=lambda: 7.0)
    assert (clock.now(), clock.wall(), clock.monotonic()) == ("1970-01-01T00:00:05.000Z", 5.0, 7.0)
    assert abs(datetime.fromisoformat(Clock().now()).timestamp() - datetime.now(UTC).timestamp()) < 5
