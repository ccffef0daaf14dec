"""Keeping the files that patterns name: copied batch by batch, so that ten thousand cost a few syncs and no memory.

What cannot be kept is refused by its name and never keeps the rest from being kept. A file that changes while it is
copied is told by its size and time of change; it is copied a second time before it is refused.
"""

import os
from collections.abc import Callable, Sequence

from attrs import frozen

from aegisd.core.artifact import Artifact, Refusal, guess_type, show_harmless
from aegisd.store.artifacts import ArtifactStore, Draft
from aegisd.store.gather import Found, RefusedError, find_files
from aegisd.wire.units import format_size

MOST_NAMED = 100
_BATCH_FILES = 500
_BATCH_BYTES = 256 * 1024 * 1024


@frozen(kw_only=True)
class Room:
    """What the artifacts of a run may still come to: so many files and bytes."""

    files: int
    bytes: int


@frozen(kw_only=True)
class Haul:
    """What one batch brought: artifacts whose bytes are named and pinned. `is_last`: there are no more."""

    artifacts: tuple[Artifact, ...]
    is_last: bool


class Gathering:
    """One pass over the files below `folder`. `check` is called often and may raise, to end it."""

    def __init__(
        self,
        *,
        store: ArtifactStore,
        folder: str,
        patterns: Sequence[str],
        follow: bool,
        room: Room,
        check: Callable[[], None],
    ) -> None:
        self._store = store
        self._found = find_files(folder, patterns, follow=follow, check=check)
        self._files_left, self._bytes_left = room.files, room.bytes
        self._check = check
        self.refused: list[Refusal] = []
        self.more = 0

    def take_batch(self) -> Haul:
        """Keep some of the files. The caller releases the digests once the index has them, or has failed to."""
        drafts: list[tuple[str, Draft]] = []
        try:
            is_last = self._fill(drafts)
        except BaseException:
            for _, draft in drafts:
                draft.discard()
            raise
        try:
            self._store.keep([draft for _, draft in drafts])
        except OSError as error:
            for key, _ in drafts:
                self._refuse(key, error.strerror or str(error))
            drafts.clear()
        kept = [Artifact(key=key, size=d.size, sha256=d.sha256, type=guess_type(key)) for key, d in drafts]
        return Haul(artifacts=tuple(kept), is_last=is_last)

    def close(self) -> None:
        """Let go of the folders that are open."""
        self._found.close()

    def _fill(self, drafts: list[tuple[str, Draft]]) -> bool:
        """Copy files until the batch is full; False then, True when there are no more files."""
        size = 0
        for found in self._found:
            self._check()
            if isinstance(found, Refusal):
                self._add_refusal(found)
                continue
            try:
                draft = self._copy(found)
            except RefusedError as error:
                self._refuse(found.key, str(error))
                continue
            drafts.append((found.key, draft))
            self._files_left -= 1
            self._bytes_left -= draft.size
            size += draft.size
            if len(drafts) >= _BATCH_FILES or size >= _BATCH_BYTES:
                return False
        return True

    def _copy(self, found: Found) -> Draft:
        if self._files_left <= 0:
            message = "the run has as many artifacts as it may ([artifacts] run_files)"
            raise RefusedError(message)
        for _ in range(2):
            with found.open() as fd:
                before = os.fstat(fd)
                self._check_size(before.st_size)
                try:
                    draft = self._store.copy_in(fd, most=before.st_size + 1, check=self._check)
                except OSError as error:
                    raise RefusedError(error.strerror or str(error)) from error
                after = os.fstat(fd)
            if (draft.size, before.st_mtime_ns) == (before.st_size, after.st_mtime_ns) and _same_size(before, after):
                return draft
            draft.discard()
        message = "it changed while it was copied"
        raise RefusedError(message)

    def _check_size(self, size: int) -> None:
        if size > self._bytes_left:
            has, left = format_size(size), format_size(self._bytes_left)
            message = f"it has {has}, and the run's artifacts may have {left} more ([artifacts] run_bytes)"
            raise RefusedError(message)

    def _refuse(self, key: str, reason: str) -> None:
        self._add_refusal(Refusal(name=show_harmless(key), reason=reason))

    def _add_refusal(self, refusal: Refusal) -> None:
        if len(self.refused) < MOST_NAMED:
            self.refused.append(refusal)
        else:
            self.more += 1


def _same_size(before: os.stat_result, after: os.stat_result) -> bool:
    return before.st_size == after.st_size
