"""Webhook deliveries in the SQLite store: written in the transaction of the run they start, found by what two of them
have in common, and let go in time."""

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from aegisd.core.hook import Delivery

_encode = msgspec.json.Encoder().encode
_COLUMNS = 'id, "trigger", time, outcome, reason, run, event, source, size, replay_of, by, headers, body IS NOT NULL'


def insert_deliveries(connection: apsw.Connection, deliveries: Sequence[Delivery]) -> None:
    """Write `deliveries`; the caller has begun the transaction. A key that is known stays with its first delivery."""
    for each in deliveries:
        row = (
            *(each.trigger, each.time, each.outcome, each.reason, each.run, each.event, each.source, each.size),
            *(each.replay_of, each.by, _encode(each.headers).decode(), each.body),
        )
        connection.execute(f"INSERT INTO delivery VALUES (NULL{', ?' * len(row)})", row)  # noqa: S608 - marks only
        number = connection.last_insert_rowid()
        if each.run is not None:
            keys = [(each.trigger, key, number) for key in each.keys]
            connection.executemany("INSERT OR IGNORE INTO delivery_key VALUES (?, ?, ?)", keys)


def select_delivered_run(connection: apsw.Connection, *, trigger: str, keys: Sequence[str], since: str) -> int | None:
    """The run that a delivery with one of `keys` has started since then."""
    sql = """
        SELECT delivery.run FROM json_each(?1) AS wanted
        JOIN delivery_key ON delivery_key."trigger" = ?2 AND delivery_key.key = wanted.value
        JOIN delivery ON delivery.id = delivery_key.delivery
        WHERE delivery.time >= ?3 LIMIT 1
    """
    row = connection.execute(sql, (_encode(list(keys)).decode(), trigger, since)).fetchone()
    return None if row is None else int(row[0])


def select_deliveries(connection: apsw.Connection, *, trigger: str | None, limit: int) -> list[tuple[Delivery, bool]]:
    """Deliveries, the newest first, without their bodies; and whether the body is still there."""
    sql = f"""
        SELECT {_COLUMNS} FROM delivery WHERE (?1 IS NULL OR "trigger" = ?1) ORDER BY id DESC LIMIT ?2
    """  # noqa: S608 - fixed parts only
    return [(_read(row), bool(row[12])) for row in connection.execute(sql, (trigger, limit))]


def select_delivery(connection: apsw.Connection, *, number: int) -> Delivery | None:
    """One delivery with its body; that of a replay is the body of the delivery that was replayed."""
    sql = f"""
        SELECT {_COLUMNS}, coalesce(body, (SELECT body FROM delivery AS first WHERE first.id = delivery.replay_of))
        FROM delivery WHERE id = ?
    """  # noqa: S608 - fixed parts only
    row = connection.execute(sql, (number,)).fetchone()
    return None if row is None else _read(row, body=row[13])


def prune_deliveries(connection: apsw.Connection, *, each: int, body_bytes: int, before: str) -> None:
    """Let go of bodies beyond the newest `each` of a trigger and beyond `body_bytes` in all, the oldest first; and of
    rows beyond them that are from before that time."""
    ranked = """
        SELECT id, time, row_number() OVER (PARTITION BY "trigger" ORDER BY id DESC) AS age,
        sum(coalesce(length(body), 0)) OVER (ORDER BY id DESC) AS bytes FROM delivery
    """
    connection.execute(
        f"UPDATE delivery SET body = NULL WHERE id IN (SELECT id FROM ({ranked}) WHERE age > ? OR bytes > ?) "  # noqa: S608
        "AND body IS NOT NULL",
        (each, body_bytes),
    )
    gone = f"SELECT id FROM ({ranked}) WHERE age > ? AND time < ?"  # noqa: S608 - fixed parts only
    connection.execute(f"DELETE FROM delivery_key WHERE delivery IN ({gone})", (each, before))  # noqa: S608
    connection.execute(f"DELETE FROM delivery WHERE id IN ({gone})", (each, before))  # noqa: S608


def _read(row: Sequence[Any], *, body: bytes | None = None) -> Delivery:
    return Delivery(
        id=row[0],
        trigger=row[1],
        time=row[2],
        outcome=row[3],
        reason=row[4],
        run=row[5],
        event=row[6],
        source=row[7],
        size=row[8],
        replay_of=row[9],
        by=row[10],
        headers=msgspec.json.decode(row[11], type=dict[str, str]),
        body=body,
    )
