"""What is kept on disk of the attempts that may outlive aegisd, in the folder `adopt` of the state directory.

    NAME.json   what the next aegisd has to know of it, written before its program starts
    NAME.sock   where its keeper listens
    NAME.end    how it ended, written by its keeper
    NAME.box    what bubblewrap said of its sandbox

The files go once the end of the attempt is on record. They are true for one boot of the host: what an earlier boot has
left is an attempt that the end of the host cut short. Nothing is synced to disk, since it need not survive that.
"""

import errno
import json
import os
import socket
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen

FOLDER = "adopt"

_BOX = ".box"  # there before the rest
_KINDS = (".json", ".sock", ".end", ".end.new", ".json.new")
_MOST_BYTES = 65536


@frozen(kw_only=True)
class Record:
    """An attempt in the books: its name, the boot it began in, its cgroup (None: it has none), and the memo that came
    with its command."""

    name: str
    boot_id: str | None
    cgroup: str | None
    memo: str


class Records:
    """The records below `state_dir`, whose lock the caller holds. `is_kept` says of a cgroup whether it may be that of
    an attempt."""

    def __init__(self, state_dir: Path, *, is_kept: Callable[[str], bool] = lambda _: False) -> None:
        self.folder = state_dir / FOLDER
        self._is_kept = is_kept

    def open(self, record: Record) -> socket.socket:
        """Write `record`; returns the socket that its keeper will listen on, so that from now on whoever connects is
        either answered or told that nobody is there. Raises OSError."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._remove(record.name, _KINDS)
        text = json.dumps({"boot_id": record.boot_id, "cgroup": record.cgroup, "memo": record.memo})
        new, path = self._path(record.name, ".json.new"), self._path(record.name, ".json")
        new.write_text(text)
        new.rename(path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _short(self.folder) as folder:
                listener.bind(f"{folder}/{record.name}.sock")
            listener.listen(8)
        except OSError:
            listener.close()
            raise
        return listener

    def iterate(self) -> Iterator[Record]:
        """What there is. A record that cannot be read is of no attempt that began; its files are removed."""
        with suppress(FileNotFoundError):
            for path in sorted(self.folder.iterdir()):
                name, dot, kind = path.name.partition(".json")
                if not dot or kind:
                    continue
                record = self._read(name)
                if record is None:
                    self.drop(name)
                else:
                    yield record

    def connect(self, name: str) -> socket.socket:
        """A connection to the keeper of `name`. Raises OSError when there is none."""
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        try:
            with _short(self.folder) as folder:
                channel.connect(f"{folder}/{name}.sock")
        except OSError:
            channel.close()
            raise
        return channel

    def read_end(self, name: str) -> bytes:
        """What the keeper of `name` has said, when all of it has ended; empty before."""
        try:
            return _read_plain(self._path(name, ".end"))
        except OSError:
            return b""

    def end_path(self, name: str) -> str:
        """Where the keeper of `name` writes how it ended."""
        return str(self._path(name, ".end"))

    def drop(self, name: str) -> None:
        """There is nothing more to know about `name`."""
        self._remove(name, (*_KINDS, _BOX))

    def sweep(self) -> None:
        """Remove files without a record: of attempts that were dropped while their keeper ended."""
        known = {record.name for record in self.iterate()}
        with suppress(FileNotFoundError):
            for path in self.folder.iterdir():
                name = path.name.removesuffix(".new").rpartition(".")[0]
                if name not in known:
                    path.unlink(missing_ok=True)

    def _remove(self, name: str, kinds: Iterable[str]) -> None:
        for kind in kinds:
            with suppress(OSError):
                os.unlink(f"{self.folder}/{name}{kind}")  # noqa: PTH108 - half the time of pathlib, for each step

    def _path(self, name: str, kind: str) -> Path:
        return self.folder / f"{name}{kind}"

    def _read(self, name: str) -> Record | None:
        try:
            known = json.loads(_read_plain(self._path(name, ".json")))
            record = Record(name=name, boot_id=known["boot_id"], cgroup=known["cgroup"], memo=known["memo"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        texts = (record.boot_id or "", record.cgroup or "", record.memo)
        is_sound = all(isinstance(text, str) for text in texts)
        return record if is_sound and (record.cgroup is None or self._is_kept(record.cgroup)) else None


def _read_plain(path: Path) -> bytes:
    """The beginning of a plain file, which a step, having the rights of aegisd, may have put there. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "not a plain file", str(path))
        return os.read(fd, _MOST_BYTES)
    finally:
        os.close(fd)


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    """A path of `folder` that is short enough for the address of a socket, whatever its own."""
    fd = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}"
    finally:
        os.close(fd)
