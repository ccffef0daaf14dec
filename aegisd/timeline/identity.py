"""Where times and identities come from. Passed in, so that a test can hold the clock."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Wall time for records (UTC) and monotonic time for durations, in seconds."""

    def __init__(
        self, *, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self.monotonic = monotonic

    def now(self) -> str:
        """The time as RFC 3339 in UTC with milliseconds: `2026-11-21T08:00:31.204Z`."""
        return format_time(self._wall())

    def wall(self) -> float:
        """Seconds since 1970 in UTC."""
        return self._wall()


def format_time(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


class IdentitySource:
    """UUIDs of version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then a counter, then random bits.

    Ids of one source grow strictly, also within a millisecond and when the wall clock is set back.
    """

    def __init__(self, *, wall: Callable[[], float] = time.time, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._wall = wall
        self._entropy = entropy
        self._last = 0
        self._pool = b""

    def __call__(self) -> str:
        """A new id, such as `0192a5b0-1c2d-7e3f-8a4b-0123456789ab`."""
        stamp = max(int(self._wall() * 1000) << 12, self._last + 1)
        self._last = stamp
        if len(self._pool) < 8:
            self._pool = self._entropy(512)
        tail = int.from_bytes(self._pool[:8], "big") & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        self._pool = self._pool[8:]
        head = (stamp >> 12) << 16 | 0x7000 | stamp & 0xFFF
        text = f"{head:016x}{tail:016x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
