"""When a cron expression is due in a time zone, daylight saving included. Pure.

cronsim says which times on a clock without a zone an expression means; which moments these are is decided here, as
Debian's cron does:

- An expression that names its times (neither second, minute nor hour begin with `*`) is due once for each of them: in
  an hour that comes twice the first time, and right after an hour that is skipped.
- One that does not (`*/10 * * * *`) follows the clock: skipped times are never due, repeated ones are due twice.

cronsim could be given the zone itself, but then it leaves out times after a change by half an hour (Lord Howe Island),
and takes an expression with seconds for one that follows the clock, whatever it says.
"""

import math
from datetime import UTC, datetime, timedelta, tzinfo

from aegisd.config.crontab import iter_times

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - clocks without a zone are counted from here
_DAY = 86_400


class Schedule:
    """The moments at which `cron` is due by the clock of `zone`, each `delay` seconds later than that clock says.
    Moments are whole seconds since 1970."""

    def __init__(self, cron: str, zone: tzinfo, *, delay: int = 0) -> None:
        self._cron = cron
        self._zone = zone
        self._delay = delay
        self._names_times = not any(part.startswith("*") for part in cron.split()[:-3])

    def after(self, moment: float) -> int | None:
        """The first due moment after `moment`; None when there is none in fifty years."""
        start = math.floor(moment) - self._delay
        found = self._after_by_name(start) if self._names_times else self._after_by_clock(start)
        return None if found is None else found + self._delay

    def latest(self, *, after: float, until: float) -> int | None:
        """The last due moment after `after`, and not after `until`."""
        window = 60.0
        while True:
            start = max(after, until - window)
            found = self.after(start)
            if found is not None and found <= until:
                return self._last_from(found, until)
            if start <= after:
                return None
            window *= 8

    def count(self, *, after: float, until: float, most: int) -> int:
        """How many due moments there are after `after` and not after `until`; `most` stands for that many or more."""
        number, found = 0, self.after(after)
        while found is not None and found <= until and number < most:
            number, found = number + 1, self.after(found)
        return number

    def _last_from(self, found: int, until: float) -> int:
        following = self.after(found)
        while following is not None and following <= until:
            found, following = following, self.after(following)
        return found

    def _after_by_name(self, start: int) -> int | None:
        for local in iter_times(self._cron, _clock(start + self._offset(start))):
            moment = self._moment(_seconds(local))
            if moment > start:
                return moment
        return None

    def _after_by_clock(self, start: int) -> int | None:
        """Follows the clock from one change of its offset to the next."""
        beyond = start  # on the present side of a change, everything after this counts
        while True:
            offset = self._offset(start)
            local = next(iter_times(self._cron, _clock(beyond + offset)), None)
            if local is None:
                return None
            moment = _seconds(local) - offset
            change = self._first_change(start, moment)
            if change is None:
                return moment
            start, beyond = change, change - 1

    def _moment(self, local: int) -> int:
        """The moment at which the clock shows `local` (seconds since 1970, on it) for the first time; when it never
        does, the one at which it is set forward."""
        known = _clock(local).replace(tzinfo=self._zone)
        earlier, later = (_in_seconds(known.replace(fold=fold).utcoffset()) for fold in (0, 1))
        if later <= earlier:
            return local - earlier
        return self._bisect(local - later, local - earlier)

    def _first_change(self, start: int, end: int) -> int | None:
        """The first moment after `start`, and not after `end`, at which the offset is another. No zone changes it twice
        within a day."""
        before = self._offset(start)
        while start < end:
            probe = min(start + _DAY, end)
            if self._offset(probe) != before:
                return self._bisect(start, probe)
            start = probe
        return None

    def _bisect(self, low: int, high: int) -> int:
        """The first moment in (`low`, `high`] whose offset is not that of `low`."""
        before = self._offset(low)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset(middle) == before else (low, middle)
        return high

    def _offset(self, moment: int) -> int:
        """Seconds that the clock is ahead of UTC at `moment`."""
        return _in_seconds((_clock(moment).replace(tzinfo=UTC)).astimezone(self._zone).utcoffset())


def _clock(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def _seconds(clock: datetime) -> int:
    return (clock - _EPOCH) // timedelta(seconds=1)


def _in_seconds(offset: timedelta | None) -> int:
    return (offset or timedelta()) // timedelta(seconds=1)
