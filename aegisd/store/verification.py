"""Whether a store is what it should be: its file, the numbering of events, and the rows of runs against their events.

A run is the fold of its events, so that its row can be made again from them (`repair`). Everything is read in one
transaction; events and runs pass by a piece at a time, whatever their number.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import apsw
from attrs import field, frozen

from aegisd.core.codec import decode_event
from aegisd.core.record import StoreError
from aegisd.core.state import fold
from aegisd.store import query
from aegisd.store.migrate import check_schema
from aegisd.store.sqlite import describe_error

T = TypeVar("T")

_AT_ONCE = 100
_QUEUED = "workflow.queued"


@frozen(kw_only=True)
class Fault:
    """Something that is wrong, in words. `run` is its number where the row of a run can be made again."""

    text: str
    run: int | None = None


@frozen(kw_only=True)
class Verdict:
    """What was looked at, and what was found."""

    schema: int
    events: int
    runs: int
    faults: tuple[Fault, ...] = field(factory=tuple)


def verify_store(path: Path) -> Verdict:
    """Look at all of the store in the file `path`. Blocks; aegisd may go on writing. Raises StoreError."""
    return _open(path, apsw.SQLITE_OPEN_READONLY, _verify)


def repair_store(path: Path) -> int:
    """Make the rows of runs again where they are not what their events say; returns how many. Nobody else may use the
    store. Raises StoreError."""
    return _open(path, apsw.SQLITE_OPEN_READWRITE, _repair)


def _open(path: Path, flags: int, work: Callable[[apsw.Connection, Path], T]) -> T:
    try:
        connection = apsw.Connection(str(path), flags=flags)
        try:
            connection.set_busy_timeout(5000)
            with connection:
                result = work(connection, path)
        finally:
            connection.close()
    except apsw.Error as error:
        raise StoreError(describe_error(error, path)) from error
    return result


def _verify(connection: apsw.Connection, path: Path) -> Verdict:
    schema = check_schema(connection, path=path)
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
    faults = [Fault(text=f"the file is damaged: {text}") for text in found if text != "ok"]
    if not faults:
        faults += [*_check_events(connection), *_check_runs(connection), *_check_definitions(connection)]
    events, runs = (_count(connection, table) for table in ("event", "run"))
    return Verdict(schema=schema, events=events, runs=runs, faults=tuple(faults))


def _repair(connection: apsw.Connection, path: Path) -> int:
    check_schema(connection, path=path)
    wrong = [fault.run for fault in _check_runs(connection) if fault.run is not None]
    for start in range(0, len(wrong), _AT_ONCE):
        part = wrong[start : start + _AT_ONCE]
        for run, bodies in query.select_histories(connection, runs=part).items():
            summary = fold(run, [decode_event(body) for body in bodies]).summarize()
            row = query.run_row(summary)
            connection.execute(f"REPLACE INTO run VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - marks only
    return len(wrong)


def _check_events(connection: apsw.Connection) -> Iterator[Fault]:
    """Each row is an event with that number, and no number is missing but those that retention has let go of, which it
    notes (`gap`)."""
    known = 0
    for seq, run, kind, body in connection.execute("SELECT seq, run, type, body FROM event ORDER BY seq"):
        if seq > known + 1 and not _is_noted(connection, known + 1, seq - 1):
            missing = f"event {known + 1} is" if seq == known + 2 else f"events {known + 1} to {seq - 1} are"
            yield Fault(text=f"{missing} missing")
        known = seq
        try:
            event = decode_event(body)
        except ValueError as error:
            yield Fault(text=f"event {seq} cannot be read: {error}")
            continue
        if (event.seq, event.run, event.type) != (seq, run, kind):
            yield Fault(text=f"event {seq} says of itself that it is event {event.seq} ({event.type}, run {event.run})")


def _is_noted(connection: apsw.Connection, first: int, last: int) -> bool:
    """Ranges of `gap` neither touch nor overlap, so that one of them must hold all of it."""
    sql = "SELECT 1 FROM gap WHERE first <= ? AND last >= ?"
    return connection.execute(sql, (first, last)).fetchone() is not None


def _check_runs(connection: apsw.Connection) -> Iterator[Fault]:
    """The row of each run is the fold of its events."""
    numbers = [row[0] for row in connection.execute("SELECT id FROM run UNION SELECT run FROM event WHERE run > 0")]
    for start in range(0, len(numbers), _AT_ONCE):
        part = numbers[start : start + _AT_ONCE]
        for run, bodies in query.select_histories(connection, runs=part).items():
            yield from _check_run(connection, run, bodies)


def _check_run(connection: apsw.Connection, run: int, bodies: Sequence[bytes]) -> Iterator[Fault]:
    stored = connection.execute("SELECT * FROM run WHERE id = ?", (run,)).fetchone()
    try:
        history = [decode_event(body) for body in bodies]
        if not history or history[0].type != _QUEUED:
            yield Fault(text=f"run {run}: its first events are missing")
            return
        wanted = fold(run, history).summarize()
    except ValueError as error:
        yield Fault(text=f"run {run}: its events do not make a run: {error}")
        return
    if stored is None:
        yield Fault(text=f"run {run}: it has events and no row", run=run)
    elif not query.is_row_of(stored, wanted):
        yield Fault(text=f"run {run}: its row is not what its events say", run=run)


def _check_definitions(connection: apsw.Connection) -> Iterator[Fault]:
    sql = "SELECT id FROM run WHERE definition NOT IN (SELECT digest FROM definition) ORDER BY id"
    for (run,) in connection.execute(sql):
        yield Fault(text=f"run {run}: the definition that it was started with is missing")


def _count(connection: apsw.Connection, table: str) -> int:
    ((count,),) = connection.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - fixed names
    return int(count)
