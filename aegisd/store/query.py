"""The questions about runs that the SQLite store answers; those about events are in `events.py`.

Each takes a connection and returns plain values; no transaction is begun.
"""

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from aegisd.core.median import find_median
from aegisd.core.model import RunSummary
from aegisd.core.record import Bounds, RunFilter

_decode_run = msgspec.json.Decoder(RunSummary).decode
_encode = msgspec.json.Encoder().encode
_USUAL_RUNS = 10

BACKUP = "backup"
"""The key in `meta` that says of what time a copy is; gone once aegisd has taken it over."""


def run_row(run: RunSummary) -> tuple[Any, ...]:
    """The columns of `run`, as schema.sql orders them."""
    return (
        run.id,
        run.workflow,
        run.state.value,
        run.result.value if run.result else None,
        run.trigger.kind,
        run.trigger.by,
        run.created_at,
        run.finished_at,
        run.duration_s,
        run.definition,
        _encode(run).decode(),
    )


def is_row_of(row: Sequence[Any], run: RunSummary) -> bool:
    """Whether `row` of the table says what `run` does. An earlier aegis may have written it, without what has come to
    have a default since; its bytes need not be the same."""
    *columns, body = run_row(run)
    try:
        return list(row[:-1]) == columns and (row[-1] == body or _decode_run(row[-1]) == run)
    except ValueError:
        return False


def select_bounds(connection: apsw.Connection) -> Bounds:
    """Where the store stands."""
    last_seq = _value(connection, "SELECT coalesce(max(seq), 0) FROM event")
    first_seq = _value(connection, "SELECT coalesce(min(seq), 0) FROM event")
    last_run = _value(connection, "SELECT coalesce(max(id), 0) FROM run")
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    return Bounds(
        last_seq=max(last_seq, int(meta.get("last_seq", 0))),
        first_seq=first_seq,
        last_run=max(last_run, int(meta.get("last_run", 0))),
        epoch=meta["epoch"],
        restored=meta.get(BACKUP),
    )


def select_first_seq(connection: apsw.Connection) -> int:
    """The oldest event."""
    return int(_value(connection, "SELECT coalesce(min(seq), 0) FROM event"))


def select_histories(connection: apsw.Connection, *, runs: Sequence[int]) -> dict[int, list[bytes]]:
    """All events of each of `runs`, in order; one walk of the index for each run, one statement for all."""
    histories: dict[int, list[bytes]] = {run: [] for run in runs}
    sql = """
        SELECT event.run, event.body FROM json_each(?) AS wanted CROSS JOIN event ON event.run = wanted.value
        ORDER BY event.run, event.seq
    """
    for run, body in connection.execute(sql, (_encode(list(runs)).decode(),)):
        histories[run].append(body.encode())
    return histories


def select_runs(connection: apsw.Connection, *, wanted: RunFilter) -> list[RunSummary]:
    """Runs that pass, the newest first."""
    sql, values = ask_runs(wanted)
    return [_decode_run(body) for (body,) in connection.execute(sql, values)]


def ask_runs(wanted: RunFilter) -> tuple[str, list[Any]]:
    """The statement and its values that `select_runs` asks with. Filters that few runs pass are said as their partial
    indexes say them, or SQLite would not see that they fit."""
    parts: list[str] = []
    values: list[Any] = []
    for text, value in (
        ("workflow = ?", wanted.workflow),
        ("by = ?", wanted.by),
        ("created_at >= ?", wanted.since),
        ("created_at <= ?", wanted.until),
        ("id < ?", wanted.before),
    ):
        if value is not None:
            parts.append(text)
            values.append(value)
    for name, several in (("result", wanted.results), ("state", wanted.states), ("trigger_kind", wanted.triggers)):
        if several:
            parts.append(f"{name} IN ({','.join('?' * len(several))})")
            values.extend(several)
    if wanted.states and "finished" not in wanted.states:
        parts.append("state <> 'finished'")
    elif wanted.results and "success" not in wanted.results:
        parts.append("result <> 'success'")
    where = "WHERE " + " AND ".join(parts) if parts else ""
    sql = f"SELECT body FROM run {where} ORDER BY id DESC LIMIT ?"  # noqa: S608 - fixed parts only
    return sql, [*values, wanted.limit]


def select_run(connection: apsw.Connection, *, run: int) -> RunSummary | None:
    """One run."""
    body = _value(connection, "SELECT body FROM run WHERE id = ?", run)
    return _decode_run(body) if body is not None else None


def select_newest(connection: apsw.Connection, *, workflow: str | None, by: str | None, back: int) -> int | None:
    """The newest run that fits, or the one `back` before it."""
    sql = """
        SELECT id FROM run WHERE (?1 IS NULL OR workflow = ?1) AND (?2 IS NULL OR by = ?2)
        ORDER BY id DESC LIMIT 1 OFFSET ?3
    """
    found = _value(connection, sql, workflow, by, back)
    return None if found is None else int(found)


def select_unfinished(connection: apsw.Connection) -> list[RunSummary]:
    """Runs that have not ended, the oldest first."""
    sql = "SELECT body FROM run WHERE state <> 'finished' ORDER BY id"
    return [_decode_run(body) for (body,) in connection.execute(sql)]


def select_latest(connection: apsw.Connection) -> dict[str, RunSummary]:
    """The newest run of each workflow, by one index look-up per workflow (a skip scan written out)."""
    sql = """
        WITH RECURSIVE name(workflow) AS (
            SELECT min(workflow) FROM run
            UNION ALL
            SELECT (SELECT min(workflow) FROM run WHERE workflow > name.workflow) FROM name WHERE name.workflow IS NOT
            NULL
        )
        SELECT (SELECT body FROM run WHERE run.workflow = name.workflow ORDER BY id DESC LIMIT 1)
        FROM name WHERE name.workflow IS NOT NULL
    """
    runs = [_decode_run(body) for (body,) in connection.execute(sql)]
    return {run.workflow: run for run in runs}


def select_usual(connection: apsw.Connection, *, workflows: Sequence[str]) -> dict[str, float]:
    """The median seconds of the last passed runs of the whole workflow (`RunSummary.is_whole`)."""
    sql = (
        "SELECT duration_s FROM run WHERE workflow = ? AND result = 'success' AND body ->> 'part' IS NULL"
        " AND coalesce(body ->> 'reused', '[]') = '[]' ORDER BY id DESC LIMIT ?"
    )
    found = {name: [row[0] for row in connection.execute(sql, (name, _USUAL_RUNS))] for name in workflows}
    return {name: find_median(durations) for name, durations in found.items() if durations}


def select_definition(connection: apsw.Connection, *, digest: str) -> bytes | None:
    """A stored definition."""
    body = _value(connection, "SELECT body FROM definition WHERE digest = ?", digest)
    return None if body is None else str(body).encode()


def select_expired(connection: apsw.Connection, *, runs: int, before: str) -> list[int]:
    """Finished runs that are beyond the newest `runs` of their workflow or ended before `before`."""
    sql = """
        SELECT id FROM (
            SELECT id, finished_at, row_number() OVER (PARTITION BY workflow ORDER BY id DESC) AS age
            FROM run WHERE state = 'finished'
        ) WHERE age > ? OR finished_at < ? ORDER BY id
    """
    return [row[0] for row in connection.execute(sql, (runs, before))]


def _row(connection: apsw.Connection, sql: str, *values: Any) -> tuple[Any, ...] | None:
    return connection.execute(sql, values).fetchone()


def _value(connection: apsw.Connection, sql: str, *values: Any) -> Any:
    row = _row(connection, sql, *values)
    return None if row is None else row[0]
