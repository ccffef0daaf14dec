"""Whether a store's file is sound: SQLite's quick_check, on a connection of its own that only reads."""

import time
from pathlib import Path

import apsw

_STEPS = 10_000


def check_soundness(path: Path, *, patience: float) -> list[str] | None:
    """What SQLite finds wrong with the file, nothing when it is sound; None when `patience` seconds did not suffice.

    Blocks. The file is neither changed nor locked against writers.
    """
    deadline = time.monotonic() + patience
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            connection.set_busy_timeout(1000)
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
        finally:
            connection.close()
    except apsw.InterruptError:
        return None
    except apsw.Error as error:
        return [str(error)]
    return [] if found == ["ok"] else found
