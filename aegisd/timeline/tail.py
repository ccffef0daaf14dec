"""Reading the timeline: everything after a cursor, from ring or store, then what comes, with no hole and no double.

A reader pulls pages at its own pace. What retention has dropped is declared as a `Gap`, never passed over in silence:
to one who takes everything a hole in the numbers says so, for one who filters the store has noted what is gone.
"""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from aegisd.core.event_filter import EventFilter, make_predicate
from aegisd.core.record import Record, StoredRecord
from aegisd.timeline.ring import Ring

_PAGE = 500


class History(Protocol):
    """The part of the store that a reader needs."""

    async def read_events(self, after: int, *, limit: int, wanted: EventFilter) -> list[tuple[int, bytes]]:
        """At most `limit` events above `after` that pass, in order."""

    async def read_last_events(self, limit: int, *, wanted: EventFilter) -> list[tuple[int, bytes]]:
        """The newest `limit` events that pass, in order."""

    async def read_gaps(self, after: int, *, last: int) -> list[tuple[int, int]]:
        """What is no longer kept above `after` up to `last`: ranges of seq, in order."""


@frozen(kw_only=True)
class Gap:
    """Events `first` to `last` (their seq) are no longer kept."""

    first: int
    last: int


class Tail:
    """One reader's way along the timeline. `cursor` is the seq up to which everything has been seen."""

    def __init__(self, *, ring: Ring, store: History, wanted: EventFilter, cursor: int) -> None:
        self._ring = ring
        self._store = store
        self._wanted = wanted
        self._passes = make_predicate(wanted)
        self._whole = wanted == EventFilter()
        self.cursor = cursor

    async def read(self) -> list[Record | StoredRecord | Gap]:
        """The next page of what there is now; empty when the reader has seen everything."""
        records = self._ring.after(self.cursor)
        if records is None:
            return await self._read_store()
        if records:
            self.cursor = records[-1].event.seq
        return [*records] if self._whole else [record for record in records if self._passes(record.event)]

    async def wait(self) -> bool:
        """Until there is something after the cursor. False when there will be nothing more."""
        await self._ring.wait_beyond(self.cursor)
        return self._ring.last_seq > self.cursor

    async def _read_store(self) -> list[Record | StoredRecord | Gap]:
        announced, before = self._ring.last_seq, self.cursor
        rows = await self._store.read_events(self.cursor, limit=_PAGE, wanted=self._wanted)
        known = [StoredRecord(seq=seq, body=body) for seq, body in rows if seq <= announced]
        is_last = len(known) < _PAGE
        self.cursor = max(self.cursor, announced) if is_last else known[-1].seq
        if self._whole:
            return [*_fill(known, _list_holes(known, after=before, last=self.cursor))]
        if self._wanted.run is not None:
            return [*known]
        return [*_fill(known, [Gap(first=a, last=b) for a, b in await self._store.read_gaps(before, last=self.cursor)])]


def _list_holes(records: Sequence[StoredRecord], *, after: int, last: int) -> list[Gap]:
    """The numbers above `after` up to `last` that are not in `records`."""
    holes = []
    for seq in (*(record.seq for record in records), last + 1):
        if seq > after + 1:
            holes.append(Gap(first=after + 1, last=seq - 1))
        after = seq
    return holes


def _fill(records: Sequence[StoredRecord], gaps: Sequence[Gap]) -> list[StoredRecord | Gap]:
    """Both in the order of their numbers."""
    if not gaps:
        return [*records]
    return sorted([*records, *gaps], key=lambda item: item.first if isinstance(item, Gap) else item.seq)
