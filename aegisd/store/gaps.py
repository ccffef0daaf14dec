"""What is no longer kept: the ranges of `seq` that retention has let go of, so that no reader takes a hole for
silence."""

from collections.abc import Iterable
from typing import Any

import apsw

Range = tuple[int, int]
"""The first and the last `seq` that are gone."""


def select_gaps(connection: apsw.Connection, *, after: int, last: int) -> list[Range]:
    """What is gone above `after` up to `last`, in order, cut to that."""
    sql = """
        SELECT max(first, ?1 + 1), min(last, ?2) FROM gap
        WHERE first <= ?2 AND last > ?1 AND first >= coalesce((SELECT max(first) FROM gap WHERE first <= ?1 + 1), 0)
        ORDER BY first
    """
    return [(first, end) for first, end in connection.execute(sql, (after, last))]


def note_gaps(connection: apsw.Connection, seqs: Iterable[int]) -> None:
    """Note that the events `seqs` are gone. Call it within the transaction that deletes them."""
    for first, last in join(seqs):
        left = _row(connection, "SELECT first, last FROM gap WHERE first < ? ORDER BY first DESC LIMIT 1", first)
        right = _row(connection, "SELECT first, last FROM gap WHERE first = ?", last + 1)
        if right is not None:
            connection.execute("DELETE FROM gap WHERE first = ?", (right[0],))
        begin = left[0] if left is not None and left[1] == first - 1 else first
        connection.execute("REPLACE INTO gap VALUES (?, ?)", (begin, last if right is None else right[1]))


def join(seqs: Iterable[int]) -> list[Range]:
    """Numbers as the ranges that they make up."""
    ranges: list[Range] = []
    for seq in sorted(seqs):
        if ranges and ranges[-1][1] == seq - 1:
            ranges[-1] = (ranges[-1][0], seq)
        else:
            ranges.append((seq, seq))
    return ranges


def _row(connection: apsw.Connection, sql: str, value: int) -> tuple[Any, ...] | None:
    return connection.execute(sql, (value,)).fetchone()
