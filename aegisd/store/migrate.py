"""The schema of the store and its versions: a new file gets the current one, an older is brought up, a newer is
refused."""

from pathlib import Path

import apsw

from aegisd.core.record import ForeignStoreError

SCHEMA_VERSION = 1

_TABLES = {"meta", "event", "run"}  # every version of the store has them

# version -> the statements that lead from it to the next one, each run in one transaction
MIGRATIONS: dict[int, str] = {}


def open_schema(connection: apsw.Connection, *, path: Path, epoch: str) -> None:
    """Make the schema of `connection` current. `epoch` names a store that is made now.

    Raises ForeignStoreError for a file of a later version and for an SQLite file that is not a store of aegis.
    """
    version = check_schema(connection, path=path)
    if not version:
        _create(connection, epoch=epoch)
        return
    for step in range(version, SCHEMA_VERSION):
        with connection:
            connection.execute(MIGRATIONS[step])
            connection.pragma("user_version", step + 1)


def check_schema(connection: apsw.Connection, *, path: Path) -> int:
    """The version of a store that this aegis may open, 0 for an empty file; changes nothing.

    Raises ForeignStoreError as `open_schema`.
    """
    version = int(connection.pragma("user_version"))
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not tables >= _TABLES and (tables or version):
        message = f"{path}: an SQLite file that is not a store of aegis; move it aside or choose another state_dir"
        raise ForeignStoreError(message)
    if version > SCHEMA_VERSION:
        message = f"{path}: written by a later aegis (schema {version}, this one knows {SCHEMA_VERSION}); upgrade aegis"
        raise ForeignStoreError(message)
    return version


def _create(connection: apsw.Connection, *, epoch: str) -> None:
    with connection:
        connection.execute(Path(__file__).with_name("schema.sql").read_text())
        connection.execute("INSERT INTO meta VALUES ('epoch', ?)", (epoch,))
        connection.pragma("user_version", SCHEMA_VERSION)
