"""Where times and identities come from. Passed in, so that a test can hold the clock."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from aegisd.core.model import Mark

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def read_boot_id() -> str | None:
    """The name of this boot of the host; None where the kernel does not tell."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return None


def read_boottime() -> float:
    """Seconds since the host booted, those that it slept included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Clock:
    """Wall time for records (UTC), monotonic time for durations, and the time since the boot `boot_id` for durations
    that outlast aegisd; all in seconds."""

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        boottime: Callable[[], float] = read_boottime,
        boot_id: Callable[[], str | None] = read_boot_id,
    ) -> None:
        self._wall = wall
        self._boottime = boottime
        self.monotonic = monotonic
        self.boot_id = boot_id()

    def now(self) -> str:
        """The time as RFC 3339 in UTC with milliseconds: `2026-11-21T08:00:31.204Z`."""
        return format_time(self._wall())

    def wall(self) -> float:
        """Seconds since 1970 in UTC."""
        return self._wall()

    def boottime(self) -> float:
        """Seconds since the boot, with milliseconds, as events tell them."""
        return round(self._boottime(), 3)

    def mark(self) -> Mark:
        """Now, to be told from later moments by `since`."""
        return Mark(time=self.now(), boot_id=self.boot_id, boottime_s=self.boottime())

    def since(self, mark: Mark | None) -> float:
        """Seconds since `mark`, which an earlier aegisd may have left: by the time since the boot, or by the wall clock
        when the host has booted since. Never negative."""
        if mark is None:
            return 0.0
        if mark.boottime_s is not None and mark.boot_id is not None and mark.boot_id == self.boot_id:
            return max(0.0, self._boottime() - mark.boottime_s)
        return max(0.0, self._wall() - datetime.fromisoformat(mark.time).timestamp())


def format_time(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339 in UTC with milliseconds; what is nearer to the next than a microsecond has it."""
    return _format_millis(int(seconds * 1000 + 0.0005))


@lru_cache(maxsize=64)
def _format_millis(millis: int) -> str:
    """Many events of a busy host have the same millisecond."""
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def parse_time(text: str) -> float:
    """The opposite of `format_time`. Raises ValueError."""
    return datetime.fromisoformat(text).timestamp()


class IdentitySource:
    """UUIDs of version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then a counter, then random bits.

    Ids of one source grow strictly, also within a millisecond and when the wall clock is set back.
    """

    def __init__(self, *, wall: Callable[[], float] = time.time, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._wall = wall
        self._entropy = entropy
        self._last = 0
        self._prefix = "00000000-0000-7"
        self._pool = ""

    def __call__(self) -> str:
        """A new id, such as `0192a5b0-1c2d-7e3f-8a4b-0123456789ab`."""
        stamp = max(int(self._wall() * 1000) << 12, self._last + 1)
        if stamp >> 12 != self._last >> 12:
            millis = stamp >> 12
            self._prefix = f"{millis >> 16:08x}-{millis & 0xFFFF:04x}-7"
        self._last = stamp
        tail, self._pool = self._pool[:16], self._pool[16:]
        if not tail:
            self._pool = self._entropy(512).hex()
            tail, self._pool = self._pool[:16], self._pool[16:]
        return f"{self._prefix}{stamp & 0xFFF:03x}-{_VARIANT[tail[0]]}{tail[1:4]}-{tail[4:]}"
