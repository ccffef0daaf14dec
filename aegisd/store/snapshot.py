"""A consistent copy of a store that is in use: SQLite's own, made in one read transaction; writers do not wait for it.

The copy says of itself that it is one (`backup` in `meta`). The aegisd that is started with it begins another timeline:
it has a new epoch, so that cursors of the store it was copied from are refused instead of meaning other events, and it
ends the runs that had not ended when the copy was made, which may have done their work long ago.
"""

from pathlib import Path

import apsw

from aegisd.core.record import Bounds, StoreError
from aegisd.store import query
from aegisd.store.migrate import check_schema
from aegisd.store.sqlite import describe_error

MARK = query.BACKUP


def make_snapshot(source: Path, target: Path, *, time: str) -> Bounds:
    """Copy the store `source` into the file `target`, which must not be there, as of `time`. Blocks. Raises
    StoreError."""
    try:
        connection = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            connection.set_busy_timeout(5000)
            check_schema(connection, path=source)
            connection.execute("VACUUM INTO ?", (str(target),))
        finally:
            connection.close()
        return _mark(target, time)
    except apsw.Error as error:
        raise StoreError(describe_error(error, source)) from error


def _mark(target: Path, time: str) -> Bounds:
    connection = apsw.Connection(str(target), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.execute("REPLACE INTO meta VALUES (?, ?)", (MARK, time))
        return query.select_bounds(connection)
    finally:
        connection.close()
