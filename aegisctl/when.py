"""Points in time as people write them: `2h`, `2h ago`, `yesterday`, `08:00`, `2026-11-21 08:00`, RFC 3339."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from aegisd.wire.units import parse_duration

_HINT = 'expected an age ("2h"), "today", "yesterday", "08:00", "2026-11-21", "2026-11-21 08:00" or RFC 3339'


def parse_when(text: str, *, now: float | None = None) -> str:
    """`text` as RFC 3339 in UTC. Times without a zone are the user's own. Raises ValueError."""
    present = datetime.fromtimestamp(time.time() if now is None else now, tz=UTC).astimezone()
    words = text.strip()
    moment = _by_name(words, present) or _by_age(words, present) or _by_clock(words, present) or _by_date(words)
    if moment is None:
        message = f"{text!r} is not a time: {_HINT}"
        raise ValueError(message)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _by_name(words: str, present: datetime) -> datetime | None:
    midnight = present.replace(hour=0, minute=0, second=0, microsecond=0)
    names = {"now": present, "today": midnight, "yesterday": midnight - timedelta(days=1)}
    return names.get(words.lower())


def _by_age(words: str, present: datetime) -> datetime | None:
    try:
        return present - timedelta(seconds=parse_duration(words.removesuffix("ago").strip()))
    except (ValueError, OverflowError):
        return None


def _by_clock(words: str, present: datetime) -> datetime | None:
    for form in ("%H:%M", "%H:%M:%S"):
        try:
            clock = datetime.strptime(words, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return present.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0)
    return None


def _by_date(words: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        return None
    return moment.astimezone()
