"""Which artifacts each run has: a projection of the events artifact.saved and artifact.deleted, in both stores.

The rows are written in the transaction of their events, so that what was announced is in the index and the other way
round. The bytes are elsewhere (`artifacts.py`); a row is written only once they are named.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from typing import Any, Protocol

import apsw
from attrs import frozen

from aegisd.core.artifact import Artifact, StoredArtifact
from aegisd.core.events import ArtifactDeleted, ArtifactSaved
from aegisd.core.record import Record

_KINDS = frozenset({ArtifactSaved.type, ArtifactDeleted.type})
_COLUMNS = "run, key, size, sha256, type, saved_at, step, attempt"
_OWN = """
    SELECT coalesce(sum(size), 0) FROM (
        SELECT DISTINCT sha256, size FROM artifact AS mine WHERE run = ? AND NOT EXISTS (
            SELECT 1 FROM artifact AS other WHERE other.sha256 = mine.sha256 AND other.run <> mine.run
        )
    )
"""


@frozen(kw_only=True)
class Used:
    """What the artifacts of a run come to: their number and their bytes, each counted as if it were alone."""

    count: int = 0
    bytes: int = 0


class ArtifactIndex(Protocol):
    """See the module. Every method raises StoreError when the disk or the file is at fault."""

    async def page(self, run: int, *, after: str = "", limit: int = 1000) -> list[StoredArtifact]:
        """Artifacts of `run` in the order of their keys, from the first above `after` on."""

    async def get(self, run: int, key: str) -> StoredArtifact | None:
        """One artifact."""

    async def measure(self, run: int) -> Used:
        """What the artifacts of `run` come to."""

    async def find_referenced(self, start: str) -> list[str]:
        """The digests that some run refers to and that begin with `start`."""

    async def trim(self, most: int, *, sparing: Collection[int]) -> list[int]:
        """Forget the artifacts of the oldest runs, but of those in `sparing`, until all bytes (equal ones once) are at
        most `most`. Returns the runs that lost theirs."""


class SqliteArtifactIndex:
    """In SQLite. `read` and `write` call a function with a connection in the store's threads."""

    def __init__(self, *, read: Callable[..., Awaitable[Any]], write: Callable[..., Awaitable[Any]]) -> None:
        self._read = read
        self._write = write

    async def page(self, run: int, *, after: str = "", limit: int = 1000) -> list[StoredArtifact]:
        """Artifacts of `run` above `after`."""
        found: list[StoredArtifact] = await self._read(_select, run=run, after=after, limit=limit)
        return found

    async def get(self, run: int, key: str) -> StoredArtifact | None:
        """One artifact."""
        found: StoredArtifact | None = await self._read(_select_one, run=run, key=key)
        return found

    async def measure(self, run: int) -> Used:
        """What the artifacts of `run` come to."""
        found: Used = await self._read(_measure, run=run)
        return found

    async def find_referenced(self, start: str) -> list[str]:
        """The digests in use that begin with `start`."""
        found: list[str] = await self._read(_select_digests, start=start)
        return found

    async def trim(self, most: int, *, sparing: Collection[int]) -> list[int]:
        """Forget the artifacts of the oldest runs."""
        trimmed: list[int] = await self._write(_trim, most=most, sparing=sparing)
        return trimmed


def project(connection: apsw.Connection, records: Sequence[Record]) -> None:
    """Bring the index up to `records`, within the transaction that writes them."""
    for record in records:
        if record.event.type not in _KINDS or record.event.run is None:
            continue
        for row in list_saved(record):
            connection.execute(f"REPLACE INTO artifact ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?)", _values(row))  # noqa: S608 - fixed parts only
        data = record.event.data
        if isinstance(data, ArtifactDeleted):
            connection.execute("DELETE FROM artifact WHERE run = ? AND key = ?", (record.event.run, data.key))


def forget(connection: apsw.Connection, run: int) -> None:
    """Drop the rows of `run`."""
    connection.execute("DELETE FROM artifact WHERE run = ?", (run,))


def list_saved(record: Record) -> Iterator[StoredArtifact]:
    """The rows that an event adds or replaces."""
    event = record.event
    if not isinstance(event.data, ArtifactSaved) or event.run is None:
        return
    for artifact in event.data.artifacts:
        yield StoredArtifact(
            run=event.run, artifact=artifact, saved_at=event.time, step=event.step, attempt=event.attempt
        )


def _values(row: StoredArtifact) -> tuple[Any, ...]:
    kept = row.artifact
    return (row.run, kept.key, kept.size, kept.sha256, kept.type, row.saved_at, row.step, row.attempt)


def _make(values: tuple[Any, ...]) -> StoredArtifact:
    run, key, size, sha256, kind, saved_at, step, attempt = values
    artifact = Artifact(key=key, size=size, sha256=sha256, type=kind)
    return StoredArtifact(run=run, artifact=artifact, saved_at=saved_at, step=step, attempt=attempt)


def _select(connection: apsw.Connection, *, run: int, after: str, limit: int) -> list[StoredArtifact]:
    sql = f"SELECT {_COLUMNS} FROM artifact WHERE run = ? AND key > ? ORDER BY key LIMIT ?"  # noqa: S608 - fixed parts only
    return [_make(row) for row in connection.execute(sql, (run, after, limit))]


def _select_one(connection: apsw.Connection, *, run: int, key: str) -> StoredArtifact | None:
    sql = f"SELECT {_COLUMNS} FROM artifact WHERE run = ? AND key = ?"  # noqa: S608 - fixed parts only
    row = connection.execute(sql, (run, key)).fetchone()
    return None if row is None else _make(row)


def _measure(connection: apsw.Connection, *, run: int) -> Used:
    sql = "SELECT count(*), coalesce(sum(size), 0) FROM artifact WHERE run = ?"
    count, size = connection.execute(sql, (run,)).fetchone() or (0, 0)
    return Used(count=count, bytes=size)


def _select_digests(connection: apsw.Connection, *, start: str) -> list[str]:
    sql = "SELECT DISTINCT sha256 FROM artifact WHERE sha256 >= ? AND sha256 < ?"
    return [row[0] for row in connection.execute(sql, (start, start + "~"))]


def _trim(connection: apsw.Connection, *, most: int, sparing: Collection[int]) -> list[int]:
    sizes = "SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT sha256, size FROM artifact)"
    left = _number(connection, sizes)
    runs = [run for (run,) in connection.execute("SELECT DISTINCT run FROM artifact ORDER BY run")]
    trimmed: list[int] = []
    with connection:
        for run in runs:
            if left <= most:
                break
            if run not in sparing:
                left -= _number(connection, _OWN, run)
                forget(connection, run)
                trimmed.append(run)
    return trimmed


def _number(connection: apsw.Connection, sql: str, *values: Any) -> int:
    return int((connection.execute(sql, values).fetchone() or (0,))[0])
