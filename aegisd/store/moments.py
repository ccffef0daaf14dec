"""From times to numbers: events have no index of their time, because they are nearly in its order already.

Events are numbered in the order in which they come to the recorder, a little after they happened; so the order of
time and that of `seq` differ by milliseconds, or by more when somebody sets the clock back. A range of times is found
by bisection, as a range of `seq` that is wider by a margin; only in the margins the time itself is looked at.
"""

from datetime import datetime, timedelta

import apsw
from attrs import frozen

_MARGIN = timedelta(seconds=30)
_LAST = 2**62


@frozen(kw_only=True)
class TimeRange:
    """Events with `seq` above `after` up to `last`, those that fail `sql` (a part of WHERE, with `values`) left out."""

    after: int = 0
    last: int = _LAST
    sql: str = ""
    values: tuple[int | str, ...] = ()


ALWAYS = TimeRange()


def find_range(connection: apsw.Connection, *, since: str | None, until: str | None) -> TimeRange:
    """Where the events from `since` to `until` (RFC 3339 in UTC with milliseconds, inclusive) are."""
    after, last, sql = 0, _LAST, ""
    values: list[int | str] = []
    if since is not None:
        after = select_seq_before(connection, time=_shift(since, -_MARGIN))
        sql += " AND (seq > ? OR body ->> 'time' >= ?)"
        values += [select_seq_before(connection, time=_shift(since, _MARGIN)), since]
    if until is not None:
        last = select_seq_before(connection, time=_shift(until, _MARGIN))
        sql += " AND (seq <= ? OR body ->> 'time' <= ?)"
        values += [select_seq_before(connection, time=_shift(until, -_MARGIN)), until]
    return TimeRange(after=after, last=last, sql=sql, values=tuple(values))


def select_seq_before(connection: apsw.Connection, *, time: str) -> int:
    """The newest event before `time`, by bisection: events are in order of time but for a clock that was set back."""
    ends = "SELECT (SELECT min(seq) FROM event), (SELECT max(seq) FROM event)"  # asked for together they are a scan
    row = connection.execute(ends).fetchone()
    if row is None or row[0] is None:
        return 0
    first = low = row[0]
    high = row[1] + 1
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(
            "SELECT seq, body ->> 'time' FROM event WHERE seq >= ? ORDER BY seq LIMIT 1", (middle,)
        ).fetchone()
        if found is not None and found[1] < time:
            low = found[0] + 1
        else:
            high = middle
    return int(low) - 1 if low > first else 0


def _shift(time: str, by: timedelta) -> str:
    try:
        moment = datetime.fromisoformat(time) + by
    except OverflowError:
        return time
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
