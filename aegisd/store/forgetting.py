"""Lets go of what is no longer kept: runs with their events, and events that belong to no run.

Both leave a gap behind (`gaps.py`), and neither gives numbers out again: the highest ones are noted before their rows
go.
"""

from collections.abc import Sequence

import apsw

from aegisd.store import artifact_index, gaps, query


def delete_runs(connection: apsw.Connection, runs: Sequence[int]) -> None:
    """Drop `runs`, their events and artifacts, and definitions that no run uses any more, in one transaction."""
    if not runs:
        return
    with connection:
        _note_highest(connection)
        seqs = [row[0] for run in runs for row in connection.execute("SELECT seq FROM event WHERE run = ?", (run,))]
        gaps.note_gaps(connection, seqs)
        for run in runs:
            connection.execute("DELETE FROM event WHERE run = ?", (run,))
            connection.execute("DELETE FROM run WHERE id = ?", (run,))
            artifact_index.forget(connection, run)
        connection.execute("DELETE FROM definition WHERE digest NOT IN (SELECT definition FROM run)")


def delete_loose_events(connection: apsw.Connection, last: int, limit: int) -> int:
    """Drop at most `limit` events that belong to no run, numbered up to `last`; returns how many."""
    sql = "SELECT seq FROM event WHERE run IS NULL AND seq <= ? ORDER BY seq LIMIT ?"
    with connection:
        seqs = [row[0] for row in connection.execute(sql, (last, limit))]
        if seqs:
            _note_highest(connection)
            gaps.note_gaps(connection, seqs)
            connection.executemany("DELETE FROM event WHERE seq = ?", [(seq,) for seq in seqs])
    return len(seqs)


def _note_highest(connection: apsw.Connection) -> None:
    bounds = query.select_bounds(connection)
    numbers = (("last_run", str(bounds.last_run)), ("last_seq", str(bounds.last_seq)))
    connection.executemany("REPLACE INTO meta VALUES (?, ?)", numbers)
