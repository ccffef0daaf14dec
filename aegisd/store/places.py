"""The places of subscriptions in the SQLite store."""

from collections.abc import Collection

import apsw

from aegisd.core.place import Place


def select_places(connection: apsw.Connection) -> dict[str, Place]:
    """All of them by name."""
    rows = connection.execute("SELECT name, done, delivered, lost FROM subscription")
    return {name: Place(name=name, done=done, delivered=delivered, lost=lost) for name, done, delivered, lost in rows}


def write_place(connection: apsw.Connection, place: Place) -> None:
    """Keep `place` in one transaction."""
    values = (place.name, place.done, place.delivered, place.lost)
    connection.execute("REPLACE INTO subscription VALUES (?, ?, ?, ?)", values)


def delete_places(connection: apsw.Connection, keep: Collection[str]) -> None:
    """Drop those whose names are not in `keep`."""
    with connection:
        for name in select_places(connection).keys() - set(keep):
            connection.execute("DELETE FROM subscription WHERE name = ?", (name,))
