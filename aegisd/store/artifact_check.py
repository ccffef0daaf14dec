"""Whether the bytes of artifacts are those that were saved: each file is read and hashed. aegisd may go on working:
what it lets go of meanwhile is not missing."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

from aegisd.store.artifacts import ArtifactStore

_PIECE = 1 << 20


def check_artifacts(store: Path, content: Path) -> Iterator[str]:
    """What is wrong with artifacts that the store in the file `store` knows, in words; `content` is the folder of their
    bytes. Blocks for as long as it takes to read all of them."""
    files = ArtifactStore(content, durable=False)
    for digest, size in _select(store, "SELECT DISTINCT sha256, size FROM artifact ORDER BY sha256"):
        fault = _check(files, digest, size)
        if fault is None:
            continue
        for run, key in _select(store, "SELECT run, key FROM artifact WHERE sha256 = ?", digest):
            yield f"run {run}: its artifact {key} {fault}"


def _check(files: ArtifactStore, digest: str, size: int) -> str | None:
    seen, found = 0, hashlib.sha256()
    try:
        with files.open(digest) as file:
            while piece := file.read(_PIECE):
                seen += len(piece)
                found.update(piece)
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if seen != size:
        return f"has {seen} bytes instead of {size}"
    return None if found.hexdigest() == digest else "has other bytes than were saved"


def _select(store: Path, sql: str, *values: str) -> list[tuple[Any, ...]]:
    """On a connection of its own: as the store is now."""
    connection = apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        connection.set_busy_timeout(5000)
        return list(connection.execute(sql, values))
    finally:
        connection.close()
