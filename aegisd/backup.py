"""The archive of a backup: a tar file that needs no aegis to be unpacked, written as a stream in bounded memory.

First comes `aegis-backup.json`, which says what it is, then `store.sqlite`, then everything else of the state directory
but what makes no sense elsewhere: the lock, workspaces, the home of steps. The store is copied first, and files are
written before the event that speaks of them, so that the archive holds every file that its store knows and that
retention has not let go of meanwhile. Links and devices are left out.
"""

import io
import json
import os
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from aegisd import __version__
from aegisd.store.migrate import SCHEMA_VERSION
from aegisd.store.snapshot import make_snapshot

STORE = "store.sqlite"
FACTS = "aegis-backup.json"

_PREFIX = ".backup-"
_LEFT_OUT = frozenset({"lock", STORE, f"{STORE}-wal", f"{STORE}-shm", "home"})
_WORKSPACE = "workspace"


def write_backup(state_dir: Path, out: BinaryIO, *, time: str, compress: bool) -> dict[str, Any]:
    """Write the archive of `state_dir` as of `time` (RFC 3339 in UTC) to `out`; returns its facts. Needs room in
    `state_dir` for a copy of the store. Blocks. Raises StoreError and OSError."""
    _remove_leftovers(state_dir)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=state_dir) as folder:
        copy = Path(folder, STORE)
        bounds = make_snapshot(state_dir / STORE, copy, time=time)
        facts = {
            "schema": "aegis/v1",
            "version": __version__,
            "store_schema": SCHEMA_VERSION,
            "time": time,
            "epoch": bounds.epoch,
            "last_seq": bounds.last_seq,
            "last_run": bounds.last_run,
        }
        with tarfile.open(fileobj=out, mode="w|gz" if compress else "w|", format=tarfile.PAX_FORMAT) as archive:
            _add_bytes(archive, FACTS, json.dumps(facts, indent=1).encode() + b"\n")
            with copy.open("rb") as file:
                _add_file(archive, STORE, file)
            count = sum(_add_entry(archive, name, fd) for name, fd in _iter_entries(state_dir))
    return {**facts, "files": count}


def _iter_entries(state_dir: Path) -> Iterator[tuple[str, int | None]]:
    """The name of each folder (with None) and of each regular file (with an open descriptor, which is closed after)."""
    for place, folders, files, here in os.fwalk(state_dir):
        inside = os.path.relpath(place, state_dir)
        top = inside == "."
        kept = [name for name in folders if not _is_left_out(name, top=top)]
        folders[:] = sorted(kept)
        if not top:
            yield inside, None
        for name in sorted(files):
            if _is_left_out(name, top=top):
                continue
            with suppress(OSError):  # let go of meanwhile, or a link
                fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=here)
                try:
                    if stat.S_ISREG(os.fstat(fd).st_mode):
                        yield os.path.normpath(os.path.join(inside, name)), fd  # noqa: PTH118 - relative to the archive
                finally:
                    os.close(fd)


def _is_left_out(name: str, *, top: bool) -> bool:
    return name in _LEFT_OUT or name.startswith(_PREFIX) if top else name == _WORKSPACE


def _add_entry(archive: tarfile.TarFile, name: str, fd: int | None) -> bool:
    if fd is None:
        info = tarfile.TarInfo(name)
        info.type, info.mode = tarfile.DIRTYPE, 0o700
        archive.addfile(info)
        return False
    with open(fd, "rb", closefd=False) as file:
        _add_file(archive, name, file)
    return True


def _add_file(archive: tarfile.TarFile, name: str, file: BinaryIO) -> None:
    """As many bytes as the file has now: a log may grow meanwhile."""
    found = os.fstat(file.fileno())
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = found.st_size, int(found.st_mtime), 0o600
    archive.addfile(info, file)


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    archive.addfile(info, io.BytesIO(data))


def _remove_leftovers(state_dir: Path) -> None:
    """What a backup left behind that was killed."""
    for folder in state_dir.glob(f"{_PREFIX}*"):
        for file in (STORE, f"{STORE}-journal"):
            (folder / file).unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()
