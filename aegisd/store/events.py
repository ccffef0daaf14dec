"""Events in the SQLite store: how they are written, and the questions that are asked of them.

A question with filters is answered by walking one index in the order of `seq` and looking at the rest of the filter
row by row. Which index: the one with the fewest entries, counted up to a bound first. Several values of a field are
several walks that SQLite merges, so that the first page costs as much as the page, whatever the size of the store.
"""

from typing import TYPE_CHECKING, Any

import apsw
from attrs import evolve, frozen

from aegisd.core.event_filter import EventFilter, get_detail, split_types
from aegisd.core.record import Record
from aegisd.store.moments import ALWAYS, TimeRange, find_range

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENOUGH = 1000
_MOST_WALKS = 64

# the index is event_of_COLUMN; the first of equals is taken
_COLUMNS = {
    "run": "run",
    "task": "tasks",
    "role": "roles",
    "step": "steps",
    "phase": "phases",
    "result": "results",
    "type": "types",
    "workflow": "workflows",
}


@frozen(kw_only=True)
class Condition:
    """`column` is one of `values`."""

    column: str
    values: tuple[Any, ...]

    @property
    def sql(self) -> str:
        """As a part of WHERE."""
        return f"{self.column} IN ({','.join('?' * len(self.values))})"

    @property
    def can_lead(self) -> bool:
        """Whether its index can be walked. The one of results does without successes: half of all events say so."""
        return len(self.values) <= _MOST_WALKS and not (self.column == "result" and "success" in self.values)


@frozen(kw_only=True)
class Question:
    """A filter in the terms of the table. `leader` is the condition whose index is walked; `rest` is checked, and so
    are `types` (ranges of names), which stand for more types than there can be walks."""

    leader: Condition | None = None
    rest: tuple[Condition, ...] = ()
    types: tuple[tuple[str, str], ...] = ()
    times: TimeRange = ALWAYS

    def write(self, columns: str, *, after: int, before: int | None = None) -> tuple[str, list[Any]]:
        """One walk for each value of the leader, as SELECTs joined by UNION ALL, and their values."""
        last = self.times.last if before is None else min(self.times.last, before - 1)
        where, values = " AND seq > ? AND seq <= ?", list[Any]((max(after, self.times.after), last))
        for condition in self.rest:
            where += f" AND {condition.sql}"
            values += condition.values
        if self.types:
            where += f" AND ({' OR '.join(['type BETWEEN ? AND ?'] * len(self.types))})"
            values += [name for names in self.types for name in names]
        where += self.times.sql
        values += self.times.values
        if self.leader is None:
            return f"SELECT {columns} FROM event WHERE true{where}", values  # noqa: S608 - fixed parts only
        one = f"SELECT {columns} FROM event INDEXED BY {_index(self.leader)} WHERE {_equals(self.leader)}{where}"  # noqa: S608
        walks = [[value, *values] for value in self.leader.values]
        return " UNION ALL ".join([one] * len(walks)), [value for walk in walks for value in walk]


def event_row(record: Record) -> tuple[Any, ...]:
    """The columns of `record`, as schema.sql orders them."""
    event = record.event
    return (
        event.seq,
        event.run,
        event.type,
        event.workflow,
        event.step,
        event.phase,
        get_detail(event, "result"),
        get_detail(event, "task"),
        get_detail(event, "role"),
        record.body.decode(),
    )


def select_events(
    connection: apsw.Connection, *, after: int, limit: int, wanted: EventFilter
) -> list[tuple[int, bytes]]:
    """Events above `after`, in order."""
    question = ask(connection, wanted)
    if question is None:
        return []
    sql, values = question.write("seq, body", after=after)
    return [(seq, body.encode()) for seq, body in connection.execute(f"{sql} ORDER BY seq LIMIT ?", (*values, limit))]


def select_last_events(
    connection: apsw.Connection, *, limit: int, wanted: EventFilter, before: int | None = None
) -> list[tuple[int, bytes]]:
    """The newest events (below `before`), in order."""
    question = ask(connection, wanted)
    if question is None:
        return []
    sql, values = question.write("seq, body", after=0, before=before)
    rows = connection.execute(f"{sql} ORDER BY seq DESC LIMIT ?", (*values, limit))
    return [(seq, body.encode()) for seq, body in rows][::-1]


def count_events(connection: apsw.Connection, *, wanted: EventFilter) -> int:
    """How many events pass."""
    question = ask(connection, wanted)
    if question is None:
        return 0
    sql, values = question.write("count(*) AS n", after=0)
    if question == Question():
        sql, values = "SELECT count(*) AS n FROM event", []
    return sum(row[0] for row in connection.execute(sql, values))


def ask(connection: apsw.Connection, wanted: EventFilter) -> Question | None:
    """`wanted` as a question; None when nothing can pass."""
    exact, prefixes = split_types(wanted.types)
    names = _expand(connection, exact, prefixes)
    if (exact or prefixes) and not names:
        return None
    ranges: tuple[tuple[str, str], ...] = ()
    if len(names) > _MOST_WALKS:
        ranges = (*((name, name) for name in sorted(exact)), *((prefix, _end_of(prefix)) for prefix in prefixes))
    known = evolve(wanted, types=frozenset() if ranges else frozenset(names))
    given = [each for each in (_condition(known, column) for column in _COLUMNS) if each.values]
    times = find_range(connection, since=wanted.since, until=wanted.until)
    able = [condition for condition in given if condition.can_lead]
    leader = min(able, key=lambda each: _count_up_to(connection, each, times)) if able else None
    rest = tuple(condition for condition in given if condition is not leader)
    return Question(leader=leader, rest=rest, types=ranges, times=times)


def _condition(wanted: EventFilter, column: str) -> Condition:
    value = getattr(wanted, _COLUMNS[column])
    values: Sequence[Any] = sorted(value) if isinstance(value, frozenset) else () if value is None else (value,)
    return Condition(column=column, values=tuple(values))


def _expand(connection: apsw.Connection, exact: frozenset[str], prefixes: tuple[str, ...]) -> list[str]:
    """The types that are meant and that the store has, by one look-up in the index each; no more than are needed to
    see that they are too many."""
    names = set(exact)
    for prefix in prefixes:
        place = prefix
        while len(names) <= _MOST_WALKS:
            row = connection.execute(
                "SELECT min(type) FROM event WHERE type > ? AND type < ?", (place, _end_of(prefix))
            ).fetchone()
            if row is None or row[0] is None:
                break
            place = row[0]
            names.add(place)
    return sorted(names)


def _count_up_to(connection: apsw.Connection, condition: Condition, times: TimeRange) -> int:
    one = f"SELECT 1 FROM event INDEXED BY {_index(condition)} WHERE {_equals(condition)} AND seq > ? AND seq <= ?"  # noqa: S608
    sql = f"SELECT count(*) FROM ({one} LIMIT {_ENOUGH})"  # noqa: S608
    counts = [connection.execute(sql, (value, times.after, times.last)).fetchone() for value in condition.values]
    return sum(count[0] for count in counts if count)


def _index(condition: Condition) -> str:
    return f"event_of_{condition.column}"


def _equals(condition: Condition) -> str:
    """In the words that the index's own WHERE follows from."""
    return f"{condition.column} = ?" + (" AND result <> 'success'" if condition.column == "result" else "")


def _end_of(prefix: str) -> str:
    """What sorts right behind all that begins with `prefix`."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
