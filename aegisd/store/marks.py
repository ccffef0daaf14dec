"""Marks: small texts by name that triggers must remember, written in the transaction of the events they belong to."""

from collections.abc import Mapping

import apsw


def select_marks(connection: apsw.Connection) -> dict[str, str]:
    """All marks."""
    return dict(connection.execute("SELECT name, body FROM mark"))


def replace_marks(connection: apsw.Connection, marks: Mapping[str, str]) -> None:
    """Write `marks` within the caller's transaction."""
    connection.executemany("REPLACE INTO mark VALUES (?, ?)", marks.items())


def change_marks(connection: apsw.Connection, marks: Mapping[str, str | None]) -> None:
    """Write `marks` in one transaction; None takes one away."""
    with connection:
        connection.executemany("DELETE FROM mark WHERE name = ?", [(name,) for name in marks])
        replace_marks(connection, {name: text for name, text in marks.items() if text is not None})
