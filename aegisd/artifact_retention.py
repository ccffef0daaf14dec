"""Which artifacts are let go: the oldest runs' when all together come to more than is kept, and bytes of no run."""

import logging
from collections.abc import Collection

import trio

from aegisd.store.artifact_index import ArtifactIndex
from aegisd.store.artifacts import ArtifactStore
from aegisd.uploads import Uploads

_log = logging.getLogger("aegisd.retention")


class ArtifactRetention:
    """`keep` bytes are kept; it may be replaced at any time. `used_bytes` is what the last sweep left."""

    def __init__(self, *, index: ArtifactIndex, content: ArtifactStore, uploads: Uploads, keep: int) -> None:
        self._index = index
        self._content = content
        self._uploads = uploads
        self.keep = keep
        self.used_bytes = 0

    async def sweep(self, sparing: Collection[int]) -> None:
        """Let go of what is due now; runs in `sparing` keep theirs. Raises StoreError and OSError."""
        await self._uploads.expire()
        trimmed = await self._index.trim(self.keep, sparing=sparing)
        if trimmed:
            _log.info("let go of the artifacts of %d old runs", len(trimmed))
        removed, self.used_bytes = await trio.to_thread.run_sync(self._content.collect_garbage, self._find_referenced)
        if removed:
            _log.info("removed %d files that were no artifact of any run", removed)

    def _find_referenced(self, start: str) -> Collection[str]:
        return trio.from_thread.run(self._index.find_referenced, start)
