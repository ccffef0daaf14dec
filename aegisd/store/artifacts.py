"""The bytes of artifacts: files named by the SHA-256 of what they hold, below `ROOT/content/ab/cdef...`.

Equal files cost once. A file comes in as a draft in `ROOT/incoming`, is made durable there, and only then gets its
name: whatever lies under a name is whole, also after a loss of power. What is referred to is said by the index in the
store; a draft or a file that nothing refers to is removed, at the next start or by `collect_garbage`. So a crash can
leave a file too many and never one too few.

A digest that is on its way into the index is pinned: between "it is here already" and the commit that refers to it,
nobody removes it. All methods block for the disk: call them in worker threads.
"""

import hashlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from attrs import define, field

from aegisd.store.sync import sync_all

_PIECE = 1024 * 1024
_SHARDS = tuple(f"{number:02x}" for number in range(256))


@define(eq=False)
class Draft:
    """A file that comes in. `sha256` (hex) and `size` say what was written so far."""

    path: str
    size: int = 0
    _fd: int = -1
    _hash: "hashlib._Hash" = field(factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        """The digest in hex."""
        return self._hash.hexdigest()

    def write(self, data: bytes | memoryview) -> None:
        """Add `data`. Raises OSError."""
        self._hash.update(data)
        self.size += len(data)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._fd, rest) :]

    def close(self) -> None:
        """Take no more; may be called twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def discard(self) -> None:
        """Remove it, if it is still there."""
        self.close()
        with suppress(OSError):
            Path(self.path).unlink()


class ArtifactStore:
    """See the module. With `durable`, what `keep` has named survives a loss of power; else a crash of aegisd."""

    def __init__(self, root: Path, *, durable: bool) -> None:
        self._content = root / "content"
        self._incoming = root / "incoming"
        self._durable = durable
        self._lock = threading.Lock()
        self._pins: Counter[str] = Counter()
        self._spared: set[str] | None = None
        self._begun = 0

    def prepare(self) -> None:
        """Make the folders, and remove the drafts that a crash has left. Raises OSError."""
        for folder in (self._content, self._incoming):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._durable:
            root = self._content.parent
            sync_all([root, root.parent], root)
        for left in self._incoming.iterdir():
            left.unlink()

    def begin(self) -> Draft:
        """A new draft. Raises OSError."""
        with self._lock:
            self._begun += 1
            path = f"{self._incoming}/{self._begun}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        return Draft(path, fd=os.open(path, flags, 0o400))

    def copy_in(self, source: int, *, most: int, check: Callable[[], None]) -> Draft:
        """A draft with what the open file `source` holds from its start, but no more than `most` bytes.

        `check` is called before each MiB and may raise, to end it. Raises OSError.
        """
        draft = self.begin()
        try:
            buffer = memoryview(bytearray(max(1, min(_PIECE, most))))
            while draft.size < most:
                check()
                count = os.preadv(source, [buffer[: most - draft.size]], draft.size)
                if not count:
                    break
                draft.write(buffer[:count])
            draft.close()
        except BaseException:
            draft.discard()
            raise
        return draft

    def keep(self, drafts: Sequence[Draft]) -> None:
        """Give `drafts` their names and pin their digests; the caller calls `release` once the index has them.

        Raises OSError; nothing is pinned then, and the drafts are gone.
        """
        pinned: list[str] = []
        try:
            for draft in drafts:
                draft.close()
            if self._durable:
                sync_all([draft.path for draft in drafts], self._incoming)
            folders = {self._content}
            for draft in drafts:
                folders.add(self._name(draft))
                pinned.append(draft.sha256)
            if self._durable:
                sync_all(folders, self._content)
        except BaseException:
            self.release(pinned)
            for draft in drafts:
                draft.discard()
            raise

    def release(self, digests: Iterable[str]) -> None:
        """The index has `digests`, or will never have them."""
        with self._lock:
            for digest in digests:
                self._pins[digest] -= 1
                if not self._pins[digest]:
                    del self._pins[digest]

    def open(self, sha256: str) -> BinaryIO:
        """What `sha256` stands for, for reading. Raises FileNotFoundError."""
        return self._path(sha256).open("rb", buffering=0)

    def collect_garbage(self, find_referenced: Callable[[str], Collection[str]]) -> tuple[int, int]:
        """Remove what nothing refers to; `find_referenced` gives the digests in the index that begin with two letters.

        Returns how many files were removed and how many bytes are left.
        """
        removed = left = 0
        with self._lock:
            self._spared = set(self._pins)
        try:
            for shard in _SHARDS:
                sizes = _list_sizes(self._content / shard, shard)
                used = set(find_referenced(shard)) if sizes else set()
                removed += sum(self._remove(digest) for digest in sizes.keys() - used)
                left += sum(sizes[digest] for digest in sizes.keys() & used)
        finally:
            with self._lock:
                self._spared = None
        return removed, left

    def _name(self, draft: Draft) -> Path:
        """Move a draft to its place, unless the same bytes are there already; returns the folder of the place."""
        digest = draft.sha256
        path = self._path(digest)
        with self._lock:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            if _has_size(path, draft.size):
                Path(draft.path).unlink()
            else:
                Path(draft.path).rename(path)
            self._pins[digest] += 1
            if self._spared is not None:
                self._spared.add(digest)
        return path.parent

    def _remove(self, digest: str) -> bool:
        """Whether `digest` was removed; one that came in meanwhile is spared."""
        with self._lock:
            if self._spared is None or digest in self._spared:
                return False
            with suppress(OSError):
                self._path(digest).unlink()
            return True

    def _path(self, digest: str) -> Path:
        return self._content / digest[:2] / digest[2:]


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _list_sizes(folder: Path, shard: str) -> dict[str, int]:
    """The files of a folder, by digest."""
    try:
        with os.scandir(folder) as entries:
            return {shard + entry.name: entry.stat(follow_symlinks=False).st_size for entry in entries}
    except FileNotFoundError:
        return {}
