"""The index of artifacts without a disk: the twin that the store in memory has."""

from collections.abc import Collection, Iterable, Sequence

from aegisd.core.artifact import StoredArtifact
from aegisd.core.events import ArtifactDeleted
from aegisd.core.record import Record
from aegisd.store.artifact_index import Used, list_saved


class MemoryArtifactIndex:
    """See `aegisd.store.artifact_index.ArtifactIndex`."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, str], StoredArtifact] = {}

    def apply(self, records: Sequence[Record]) -> None:
        """Bring the index up to `records`."""
        for record in records:
            self._rows.update(((row.run, row.artifact.key), row) for row in list_saved(record))
            data = record.event.data
            if isinstance(data, ArtifactDeleted):
                self._rows.pop((record.event.run or 0, data.key), None)

    def forget(self, runs: Iterable[int]) -> None:
        """Drop the rows of `runs`."""
        gone = set(runs)
        self._rows = {place: row for place, row in self._rows.items() if place[0] not in gone}

    async def page(self, run: int, *, after: str = "", limit: int = 1000) -> list[StoredArtifact]:
        """Artifacts of `run` above `after`."""
        keys = sorted((key for of, key in self._rows if of == run and key > after), key=str.encode)
        return [self._rows[run, key] for key in keys[:limit]]

    async def get(self, run: int, key: str) -> StoredArtifact | None:
        """One artifact."""
        return self._rows.get((run, key))

    async def measure(self, run: int) -> Used:
        """What the artifacts of `run` come to."""
        sizes = [row.artifact.size for row in self._rows.values() if row.run == run]
        return Used(count=len(sizes), bytes=sum(sizes))

    async def find_referenced(self, start: str) -> list[str]:
        """The digests in use that begin with `start`."""
        return sorted({row.artifact.sha256 for row in self._rows.values() if row.artifact.sha256.startswith(start)})

    async def trim(self, most: int, *, sparing: Collection[int]) -> list[int]:
        """Forget the artifacts of the oldest runs."""
        trimmed = []
        for run in sorted({row.run for row in self._rows.values()} - set(sparing)):
            contents = {row.artifact.sha256: row.artifact.size for row in self._rows.values()}
            if sum(contents.values()) <= most:
                break
            self.forget([run])
            trimmed.append(run)
        return trimmed
