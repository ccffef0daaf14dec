"""The durable store: SQLite through apsw (a current SQLite; older ones have the WAL-reset bug), WAL, one writer.

A batch is one transaction and few statements: each statement lets the interpreter lock go and must win it back from a
busy event loop, so rows are inserted many at a time. Reads go through a second connection in other worker threads.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import apsw
import trio

from aegisd.core.hook import Delivery
from aegisd.core.model import RunSummary
from aegisd.core.place import Place
from aegisd.core.record import Batch, Bounds, EventFilter, RunFilter, StoreError
from aegisd.core.usage import Usage
from aegisd.store import (
    artifact_index,
    deliveries,
    events,
    forgetting,
    gaps,
    moments,
    outbox,
    places,
    query,
    tokens,
    usage,
)
from aegisd.store.marks import change_marks, replace_marks, select_marks
from aegisd.store.migrate import open_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

T = TypeVar("T")

_ROWS_AT_ONCE = 50
_NEW_EPOCH = "UPDATE meta SET value = ? WHERE key = 'epoch' AND EXISTS (SELECT 1 FROM meta WHERE key = ?)"


class SqliteStore:
    """See `aegisd.store.Store`. Made by `open_store`."""

    def __init__(self, *, path: Path, writer: apsw.Connection, reader: apsw.Connection, bounds: Bounds) -> None:
        self._path = path
        self._writer = writer
        self._reader = reader
        self._writing = trio.CapacityLimiter(1)
        self._reading = trio.CapacityLimiter(1)
        self.bounds = bounds
        self.tokens: tokens.TokenTable = tokens.SqliteTokenTable(read=self._read, write=self._write)
        self.outbox = outbox.SqliteOutbox(read=self._read, write=self._work)

    @property
    def artifacts(self) -> artifact_index.ArtifactIndex:
        """Which artifacts each run has."""
        return artifact_index.SqliteArtifactIndex(read=self._read, write=self._write)

    async def commit(self, batch: Batch) -> None:
        """One transaction; on return it is as durable as `synchronous` says."""
        await self._in_thread(self._writing, _write_batch, self._writer, batch)

    async def read_events(self, after: int, *, limit: int, wanted: EventFilter) -> list[tuple[int, bytes]]:
        """At most `limit` events above `after` that pass `wanted`."""
        return await self._read(events.select_events, after=after, limit=limit, wanted=wanted)

    async def read_last_events(
        self, limit: int, *, wanted: EventFilter, before: int | None = None
    ) -> list[tuple[int, bytes]]:
        """The newest `limit` events (below `before`) that pass `wanted`, in order."""
        return await self._read(events.select_last_events, limit=limit, wanted=wanted, before=before)

    async def count_events(self, *, wanted: EventFilter) -> int:
        """How many events pass `wanted`."""
        return await self._read(events.count_events, wanted=wanted)

    async def read_usage(self, *, wanted: EventFilter, by: tuple[str, ...]) -> list[Usage]:
        """What models have used, for each group of `by`."""
        return await self._read(usage.select_usage, wanted=wanted, by=by)

    async def read_gaps(self, after: int, *, last: int) -> list[tuple[int, int]]:
        """What retention has let go of above `after` up to `last`: ranges of seq, in order."""
        return await self._read(gaps.select_gaps, after=after, last=last)

    async def first_seq(self) -> int:
        """The oldest event that is kept; 0 when there is none."""
        return await self._read(query.select_first_seq)

    async def seq_before(self, time: str) -> int:
        """The newest event before `time`."""
        return await self._read(moments.select_seq_before, time=time)

    async def list_runs(self, wanted: RunFilter) -> list[RunSummary]:
        """Runs, the newest first."""
        return await self._read(query.select_runs, wanted=wanted)

    async def get_run(self, run: int) -> RunSummary | None:
        """One run."""
        return await self._read(query.select_run, run=run)

    async def find_run(self, *, workflow: str | None = None, by: str | None = None, back: int = 0) -> int | None:
        """The newest run (of `workflow`, started by `by`), or the one `back` before it."""
        return await self._read(query.select_newest, workflow=workflow, by=by, back=back)

    async def unfinished_runs(self) -> list[RunSummary]:
        """Runs that have not ended, the oldest first."""
        return await self._read(query.select_unfinished)

    async def read_histories(self, runs: Sequence[int]) -> dict[int, list[bytes]]:
        """All events of each of `runs`, in order."""
        return await self._read(query.select_histories, runs=runs)

    async def latest_runs(self) -> dict[str, RunSummary]:
        """The newest run of each workflow."""
        return await self._read(query.select_latest)

    async def usual_durations(self, workflows: Sequence[str]) -> dict[str, float]:
        """The median seconds of the last ten passed runs of the whole workflow."""
        return await self._read(query.select_usual, workflows=workflows)

    async def read_definition(self, digest: str) -> bytes | None:
        """A stored definition."""
        return await self._read(query.select_definition, digest=digest)

    async def find_expired(self, *, runs: int, before: str) -> list[int]:
        """Finished runs beyond the newest `runs` of their workflow, or finished before `before`."""
        return await self._read(query.select_expired, runs=runs, before=before)

    async def forget_runs(self, runs: Sequence[int]) -> None:
        """Drop `runs` with their events, and definitions that no run uses any more."""
        await self._in_thread(self._writing, forgetting.delete_runs, self._writer, runs)

    async def forget_loose_events(self, last: int, *, limit: int) -> int:
        """Drop at most `limit` events that belong to no run, up to the number `last`, the oldest first."""
        return await self._in_thread(self._writing, forgetting.delete_loose_events, self._writer, last, limit)

    async def find_delivered_run(self, trigger: str, keys: Sequence[str], *, since: str) -> int | None:
        """The run that a delivery with one of `keys` has started since then."""
        return await self._read(deliveries.select_delivered_run, trigger=trigger, keys=keys, since=since)

    async def list_deliveries(self, trigger: str | None, *, limit: int) -> list[tuple[Delivery, bool]]:
        """Deliveries, the newest first, without their bodies; and whether the body is still there."""
        return await self._read(deliveries.select_deliveries, trigger=trigger, limit=limit)

    async def read_delivery(self, number: int) -> Delivery | None:
        """One delivery with its body."""
        return await self._read(deliveries.select_delivery, number=number)

    async def prune_deliveries(self, *, each: int, body_bytes: int, before: str) -> None:
        """Let go of old bodies and of older rows."""
        await self._in_thread(self._writing, _prune, self._writer, each, body_bytes, before)

    async def read_marks(self) -> dict[str, str]:
        """All marks, by name."""
        return await self._read(select_marks)

    async def write_marks(self, marks: Mapping[str, str | None]) -> None:
        """Write `marks`; None takes one away."""
        await self._in_thread(self._writing, change_marks, self._writer, marks)

    async def read_places(self) -> dict[str, Place]:
        """How far each subscription has come, by name."""
        return await self._read(places.select_places)

    async def keep_place(self, place: Place) -> None:
        """Keep how far a subscription has come."""
        await self._in_thread(self._writing, places.write_place, self._writer, place)

    async def forget_places(self, *, keep: Collection[str]) -> None:
        """Drop the places of subscriptions that are not in `keep`."""
        await self._in_thread(self._writing, places.delete_places, self._writer, keep)

    async def settle(self) -> None:
        """A store that was restored from a backup is one like any other from now on."""
        await self._in_thread(self._writing, _settle, self._writer)

    async def status(self) -> Mapping[str, int]:
        """The size of the file and its log, in bytes."""
        return await self._in_thread(self._reading, _measure, self._path)

    async def _read(self, select: Callable[..., T], **arguments: object) -> T:
        return await self._in_thread(self._reading, _call, select, self._reader, arguments)

    async def _write(self, change: Callable[..., T], **arguments: object) -> T:
        return await self._in_thread(self._writing, _call, change, self._writer, arguments)

    async def _work(self, work: Callable[..., T], *arguments: object) -> T:
        return await self._in_thread(self._writing, work, self._writer, *arguments)

    async def _in_thread(self, limiter: trio.CapacityLimiter, work: Callable[..., T], *arguments: object) -> T:
        try:
            return await trio.to_thread.run_sync(work, *arguments, limiter=limiter)
        except apsw.Error as error:
            raise StoreError(describe_error(error, self._path)) from error


@asynccontextmanager
async def open_store(path: Path, *, synchronous: str, epoch: str) -> "AsyncIterator[SqliteStore]":
    """The store in the file `path`, made if it is not there. `synchronous` is `full` or `normal`.

    `epoch` names a new store, so that a cursor of another one is recognised. Raises StoreError.
    """
    with ExitStack() as stack:
        try:
            writer = stack.enter_context(closing(await trio.to_thread.run_sync(_open_writer, path, synchronous, epoch)))
            reader = stack.enter_context(closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)))
            reader.set_busy_timeout(5000)
            bounds = query.select_bounds(reader)
        except apsw.Error as error:
            raise StoreError(describe_error(error, path)) from error
        yield SqliteStore(path=path, writer=writer, reader=reader, bounds=bounds)


def describe_error(error: apsw.Error, path: Path) -> str:
    """What is wrong with the store, in words, with the next thing to do."""
    if isinstance(error, apsw.FullError):
        return f"{path}: the disk is full; free some space, aegisd goes on by itself"
    if isinstance(error, apsw.BusyError):
        return f"{path}: another program holds a lock on the store; end it (fuser {path} names it)"
    if isinstance(error, (apsw.NotADBError, apsw.CorruptError)):
        return f"{path}: this is not a healthy SQLite file ({error}); move it aside or restore a copy"
    if isinstance(error, (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError)):
        return f"{path}: cannot be opened for writing ({error}); check its owner and mode"
    return f"{path}: the store failed: {error}"


def _call(select: Callable[..., T], connection: apsw.Connection, arguments: dict[str, Any]) -> T:
    return select(connection, **arguments)


def _open_writer(path: Path, synchronous: str, epoch: str) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    try:
        connection.set_busy_timeout(5000)
        connection.pragma("synchronous", synchronous)
        open_schema(connection, path=path, epoch=epoch)
        connection.execute(_NEW_EPOCH, (epoch, query.BACKUP))
        connection.pragma("journal_mode", "wal")
        connection.pragma("wal_autocheckpoint", 8000)
    except BaseException:
        connection.close()
        raise
    return connection


def _write_batch(connection: apsw.Connection, batch: Batch) -> None:
    rows = [events.event_row(record) for record in batch.records]
    connection.execute("BEGIN IMMEDIATE")
    try:
        _insert(connection, "INSERT INTO event VALUES ", 10, rows)
        if batch.runs:
            _insert(connection, "REPLACE INTO run VALUES ", 11, [query.run_row(run) for run in batch.runs])
        if batch.definitions:
            definitions = [(digest, body.decode()) for digest, body in batch.definitions.items()]
            _insert(connection, "INSERT OR IGNORE INTO definition VALUES ", 2, definitions)
        deliveries.insert_deliveries(connection, batch.deliveries)
        if batch.marks:
            replace_marks(connection, batch.marks)
        artifact_index.project(connection, batch.records)
        if batch.outgoing:
            new = [outbox.new_row(delivery) for delivery in batch.outgoing]
            _insert(connection, outbox.INSERT, outbox.WIDTH, new)
        outbox.write_changes(connection, batch.changes)
        connection.execute("COMMIT")
    except BaseException:
        if not connection.get_autocommit():
            connection.execute("ROLLBACK")
        raise


def _insert(connection: apsw.Connection, statement: str, width: int, rows: Sequence[tuple[Any, ...]]) -> None:
    row = "(" + ",".join("?" * width) + ")"
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        values = [value for values in part for value in values]
        connection.execute(statement + ",".join([row] * len(part)), values)


def _prune(connection: apsw.Connection, each: int, body_bytes: int, before: str) -> None:
    with connection:
        deliveries.prune_deliveries(connection, each=each, body_bytes=body_bytes, before=before)


def _settle(connection: apsw.Connection) -> None:
    connection.execute("DELETE FROM meta WHERE key = ?", (query.BACKUP,))


def _measure(path: Path) -> dict[str, int]:
    files = (path, path.with_name(path.name + "-wal"))
    return {"file_bytes": sum(file.stat().st_size for file in files if file.exists())}
