"""Durations and sizes as people write them, and back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.wire.units import (
    check_duration,
    format_duration,
    format_limit,
    format_size,
    parse_duration,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("1.5", 1.5),
        ("90s", 90),
        ("250ms", 0.25),
        ("10m", 600),
        ("1h30m", 5400),
        ("2d", 172_800),
        ("1w", 604_800),
        (" 5s ", 5),
        ("0.5h", 1800),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    """Each spelling means what it looks like."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "s", "ten", "10x", "10 m", "-5", "-5s", "1h30", "nan", "inf", "11y", "9" * 400 + "s"]
)
def test_what_is_no_duration(text: str) -> None:
    """Everything else is a ValueError with words."""
    with pytest.raises(ValueError, match=r"is not a duration|out of range"):
        parse_duration(text)


@given(text=st.text(alphabet="0123456789.smhdwe+-_ naif", max_size=12) | st.text(max_size=20))
def test_durations_raise_value_errors_only(text: str) -> None:
    """Any text is a duration within bounds or a ValueError."""
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert 0 <= seconds <= 10 * 365 * 86400


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, 1e12])
def test_durations_have_bounds(seconds: float) -> None:
    """NaN, infinity, negatives and centuries are refused."""
    with pytest.raises(ValueError, match="out of range"):
        check_duration(seconds)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("512", 512),
        ("10GiB", 10 * 2**30),
        ("1.5 MB", 1_500_000),
        ("500kib", 500 * 1024),
        ("3B", 3),
        ("1TiB", 2**40),
    ],
)
def test_sizes(text: str, size: int) -> None:
    """Binary and decimal units, any case, with or without a blank."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GiB", "ten", "-1", "1 PiB", "1e3", "1.", "9" * 400, "2000TiB"])
def test_what_is_no_size(text: str) -> None:
    """Everything else is a ValueError with words."""
    with pytest.raises(ValueError, match=r"is not a size|out of range"):
        parse_size(text)


@given(text=st.text(alphabet="0123456789.kKmMgGtTiIbB ", max_size=400) | st.text(max_size=20))
def test_sizes_raise_value_errors_only(text: str) -> None:
    """Any text is a size within bounds or a ValueError."""
    try:
        size = parse_size(text)
    except ValueError:
        return
    assert 0 <= size <= 2**50


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0s"), (0.2, "0.2s"), (12.44, "12.4s"), (59.94, "59.9s"), (59.96, "1:00"), (90, "1:30"), (7500, "2:05:00")],
)
def test_durations_for_people(seconds: float, text: str) -> None:
    """Seconds with a decimal below a minute, a clock above; never `60.0s`."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.5, "0.5s"), (90, "1m30s"), (1800, "30m"), (5400, "1h30m"), (172_800, "2d"), (0.00005, "0.00005s")],
)
def test_limits(seconds: float, text: str) -> None:
    """A configured duration in its shortest spelling."""
    assert format_limit(seconds) == text


@given(seconds=st.floats(min_value=0, max_value=10 * 365 * 86400))
def test_limits_are_read_back(seconds: float) -> None:
    """What is shown can be written into the configuration."""
    assert parse_duration(format_limit(seconds)) == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (83_000, "81 KiB"),
        (2**20 - 1, "1.0 MiB"),
        (99.97 * 2**20, "100 MiB"),
        (3.1 * 2**30, "3.1 GiB"),
        (5 * 2**40, "5.0 TiB"),
    ],
)
def test_sizes_for_people(count: float, text: str) -> None:
    """The unit in which a size has few digits."""
    assert format_size(count) == text
