"""Token buckets: so many a second over a while, and a few times as many at once. The clock is an argument."""

import math
from collections import OrderedDict

_BURST_S = 5.0
_MOST = 1024


class Buckets:
    """A bucket for each key. The keys that were used longest ago are forgotten, which is to their advantage."""

    def __init__(self) -> None:
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, *, rate: float, now: float) -> int | None:
        """Take one; None if there was one, else the whole seconds until there is. `now` is in seconds."""
        level = self._level(key, rate=rate, now=now)
        wait = _wait(level, rate)
        self._levels.pop(key, None)
        self._levels[key] = (level - 1 if wait is None else level, now)
        if len(self._levels) > _MOST:
            self._levels.popitem(last=False)
        return wait

    def peek(self, key: str, *, rate: float, now: float) -> int | None:
        """What `take` would answer; nothing is taken."""
        return _wait(self._level(key, rate=rate, now=now), rate)

    def _level(self, key: str, *, rate: float, now: float) -> float:
        most = max(rate * _BURST_S, 1.0)
        level, then = self._levels.get(key, (most, now))
        return min(most, level + (now - then) * rate)


def _wait(level: float, rate: float) -> int | None:
    return None if level >= 1 else max(math.ceil((1 - level) / rate), 1)
