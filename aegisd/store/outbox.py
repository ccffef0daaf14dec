"""The outbox in SQLite: what waits for webhooks and what became of it, and how webhooks stand.

New deliveries are written with the events that cause them (`Batch`). What became of an attempt is written without
waiting for the disk: should the power fail just then, the delivery is sent once more, with the same id.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import apsw
import msgspec

from aegisd.core.delivery import (
    Delivery,
    DeliveryFilter,
    DeliveryState,
    DeliveryUpdate,
    Load,
    NewDelivery,
    OutboxChange,
    Progress,
    WebhookState,
)
from aegisd.core.model import Mark

_encode = msgspec.json.Encoder().encode
_decode_mark = msgspec.json.Decoder(Mark).decode
_decode_progress = msgspec.json.Decoder(Progress).decode
_decode_fills = msgspec.json.Decoder(dict[str, str]).decode
_decode_state = msgspec.json.Decoder(WebhookState).decode
_FRESH = _encode(Progress()).decode()

WIDTH = 11
INSERT = """
    INSERT OR IGNORE INTO outbox (webhook, seq, message, type, run, state, queued_at, body, queued, fills, progress)
    VALUES """
_COLUMNS = "id, webhook, seq, message, type, run, state, body, queued, fills, progress"
_WITHOUT_BODY = _COLUMNS.replace("body", "''")


class OutboxStore(Protocol):
    """The outbox. Every method raises StoreError when the disk or the file is at fault."""

    async def read_pending(self, webhook: str, *, after: int, limit: int) -> list[Delivery]:
        """At most `limit` deliveries that wait for `webhook`, of events above `after`, in the order of the events."""

    async def read_stale(self, *, before: str, limit: int) -> list[Delivery]:
        """At most `limit` deliveries that wait, for whichever webhook, and were queued before `before` (RFC 3339)."""

    async def list_deliveries(self, wanted: DeliveryFilter) -> list[Delivery]:
        """Deliveries, the newest first, without their bodies: there may be a hundred thousand."""

    async def get_delivery(self, number: int) -> Delivery | None:
        """One delivery."""

    async def count_pending(self) -> dict[str, Load]:
        """What waits, by webhook."""

    async def write(self, changes: Sequence[OutboxChange]) -> None:
        """Write `changes` in one transaction."""

    async def requeue(self, numbers: Sequence[int], *, queued: Mark) -> int:
        """Have deliveries sent once more, whatever became of them; says how many there are."""

    async def replay(self, deliveries: Sequence[NewDelivery]) -> int:
        """Have `deliveries` sent, once more where there were such; says how many."""

    async def shrink(self, webhook: str, *, count: int, size: int, at: str, reason: str) -> int:
        """Give up the oldest that wait for `webhook` until at most `count` of `size` bytes are left; says how many."""

    async def find_unsent(self, webhook: str, *, since: str) -> list[int]:
        """Of each run whose newest delivery to `webhook` died since: that delivery."""

    async def forget(self, *, delivered_before: str, dead_before: str, most: int) -> int:
        """Drop what ended before, and what was delivered beyond the newest `most` of a webhook; says how many."""

    async def read_states(self) -> dict[str, WebhookState]:
        """What is remembered of webhooks, by name."""


class SqliteOutbox:
    """See `OutboxStore`. `read` and `write` run a function with a connection in a worker thread."""

    def __init__(self, *, read: Callable[..., Awaitable[Any]], write: Callable[..., Awaitable[Any]]) -> None:
        self._read = read
        self._write = write

    async def read_pending(self, webhook: str, *, after: int, limit: int) -> list[Delivery]:
        """In the order of the events."""
        where = "webhook = ? AND state = 'pending' AND seq > ? ORDER BY seq LIMIT ?"
        return await self._select(where, webhook, after, limit)

    async def read_stale(self, *, before: str, limit: int) -> list[Delivery]:
        """The oldest first."""
        return await self._select("state = 'pending' AND queued_at < ? ORDER BY id LIMIT ?", before, limit)

    async def list_deliveries(self, wanted: DeliveryFilter) -> list[Delivery]:
        """The newest first."""
        where, values = _conditions(wanted)
        return await self._select(f"{where} ORDER BY id DESC LIMIT ?", *values, wanted.limit, columns=_WITHOUT_BODY)

    async def get_delivery(self, number: int) -> Delivery | None:
        """One delivery."""
        return next(iter(await self._select("id = ?", number)), None)

    async def count_pending(self) -> dict[str, Load]:
        """One walk of the index of what waits."""
        sql = "SELECT webhook, count(*), sum(length(body)) FROM outbox WHERE state = 'pending' GROUP BY webhook"
        rows = await self._read(_fetch, sql=sql, values=())
        return {name: Load(count=count, size=size) for name, count, size in rows}

    async def write(self, changes: Sequence[OutboxChange]) -> None:
        """One transaction, that may be lost with the power but not with aegisd."""
        await self._write(_write_lightly, changes)

    async def requeue(self, numbers: Sequence[int], *, queued: Mark) -> int:
        """The earlier attempts stay in the books; their places in the schedule are free again."""
        sql = """
            UPDATE outbox SET state = 'pending', finished_at = NULL, queued_at = ?, queued = ?,
                progress = json_set(progress, '$.attempts', 0, '$.tried', NULL, '$.delay_s', 0.0, '$.reason', NULL,
                                    '$.finished_at', NULL)
            WHERE id IN (SELECT value FROM json_each(?))
        """
        values = (queued.time, _encode(queued).decode(), _encode(list(numbers)).decode())
        return int(await self._write(_change, sql, [values]))

    async def replay(self, deliveries: Sequence[NewDelivery]) -> int:
        """The bytes are those of now: an event of an earlier version is sent in the shape of this one."""
        sql = f"""
            {INSERT} ({",".join("?" * WIDTH)}) ON CONFLICT (webhook, seq) DO UPDATE SET state = 'pending',
                finished_at = NULL, queued_at = excluded.queued_at, queued = excluded.queued, body = excluded.body,
                fills = excluded.fills, progress = json_set(excluded.progress, '$.tries', json(progress -> '$.tries'))
        """.replace("OR IGNORE ", "")
        return int(await self._write(_change, sql, [new_row(each) for each in deliveries]))

    async def shrink(self, webhook: str, *, count: int, size: int, at: str, reason: str) -> int:
        """Counted from the newest on."""
        sql = """
            UPDATE outbox SET state = 'dead', finished_at = ?,
                progress = json_set(progress, '$.finished_at', ?, '$.reason', ?)
            WHERE id IN (SELECT id FROM (
                SELECT id, row_number() OVER newest AS place, sum(length(body)) OVER newest AS total
                FROM outbox WHERE webhook = ? AND state = 'pending' WINDOW newest AS (ORDER BY seq DESC)
            ) WHERE place > ? OR total > ?)
        """
        return int(await self._write(_change, sql, [(at, at, reason, webhook, count, size)]))

    async def find_unsent(self, webhook: str, *, since: str) -> list[int]:
        """SQLite takes the other columns from the row with the maximum."""
        sql = """
            SELECT id FROM (SELECT max(seq), id, state, finished_at FROM outbox WHERE webhook = ? GROUP BY run)
            WHERE state = 'dead' AND finished_at >= ? ORDER BY id
        """
        return [row[0] for row in await self._read(_fetch, sql=sql, values=(webhook, since))]

    async def forget(self, *, delivered_before: str, dead_before: str, most: int) -> int:
        """What waits is never dropped."""
        sql = """
            DELETE FROM outbox WHERE (state = 'delivered' AND finished_at < ?) OR (state = 'dead' AND finished_at < ?)
            OR id IN (SELECT id FROM (
                SELECT id, row_number() OVER (PARTITION BY webhook ORDER BY id DESC) AS place
                FROM outbox WHERE state = 'delivered'
            ) WHERE place > ?)
        """
        return int(await self._write(_change, sql, [(delivered_before, dead_before, most)]))

    async def read_states(self) -> dict[str, WebhookState]:
        """All that are remembered."""
        rows = await self._read(_fetch, sql="SELECT body FROM webhook", values=())
        return {state.name: state for state in (_decode_state(body) for (body,) in rows)}

    async def _select(self, where: str, *values: Any, columns: str = _COLUMNS) -> list[Delivery]:
        sql = f"SELECT {columns} FROM outbox WHERE {where}"  # noqa: S608 - fixed parts only
        return [_make_delivery(row) for row in await self._read(_fetch, sql=sql, values=values)]


def new_row(new: NewDelivery) -> tuple[Any, ...]:
    """The columns of `INSERT`."""
    return (
        new.webhook,
        new.seq,
        new.message,
        new.type,
        new.run,
        DeliveryState.PENDING.value,
        new.queued.time,
        new.body.decode(),
        _encode(new.queued).decode(),
        _encode(new.fills).decode(),
        _FRESH,
    )


def write_changes(connection: apsw.Connection, changes: Sequence[OutboxChange]) -> None:
    """Write `changes` within the transaction that is open. What was given up meanwhile does not come to life again."""
    update = """
        UPDATE outbox SET state = ?1, finished_at = ?2, progress = ?3
        WHERE id = ?4 AND (state = 'pending' OR ?1 <> 'pending')
    """
    for change in changes:
        if isinstance(change, DeliveryUpdate):
            progress = change.progress
            values = (change.state.value, progress.finished_at, _encode(progress).decode(), change.id)
            connection.execute(update, values)
        else:
            connection.execute("REPLACE INTO webhook VALUES (?, ?)", (change.name, _encode(change).decode()))


def _write_lightly(connection: apsw.Connection, changes: Sequence[OutboxChange]) -> None:
    usual = connection.pragma("synchronous")
    connection.pragma("synchronous", "normal")
    try:
        with connection:
            write_changes(connection, changes)
    finally:
        connection.pragma("synchronous", usual)


def _change(connection: apsw.Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
    before = connection.total_changes()
    with connection:
        connection.executemany(sql, rows)
    return connection.total_changes() - before


def _fetch(connection: apsw.Connection, *, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return list(connection.execute(sql, values))


def _conditions(wanted: DeliveryFilter) -> tuple[str, list[Any]]:
    parts, values = ["1"], list[Any]()
    for text, value in (("webhook = ?", wanted.webhook), ("run = ?", wanted.run), ("queued_at >= ?", wanted.since)):
        if value is not None:
            parts.append(text)
            values.append(value)
    if wanted.states:
        parts.append(f"state IN ({','.join('?' * len(wanted.states))})")
        values.extend(wanted.states)
    if wanted.failed:
        parts.append("(state = 'dead' OR (state = 'pending' AND progress ->> '$.tried' IS NOT NULL))")
    return " AND ".join(parts), values


def _make_delivery(row: tuple[Any, ...]) -> Delivery:
    number, webhook, seq, message, kind, run, state, body, queued, fills, progress = row
    return Delivery(
        id=number,
        webhook=webhook,
        seq=seq,
        message=message,
        type=kind,
        run=run,
        state=DeliveryState(state),
        body=body.encode(),
        queued=_decode_mark(queued),
        fills=_decode_fills(fills),
        progress=_decode_progress(progress),
    )
