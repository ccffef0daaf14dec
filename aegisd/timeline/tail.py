"""Reading the timeline: everything after a cursor, from ring or store, then what comes, with no hole and no double.

A reader pulls pages at its own pace. What retention has dropped is declared as a `Gap`, never passed over in silence.
"""

from typing import Protocol

from attrs import frozen

from aegisd.core.record import EventFilter, Record, StoredRecord
from aegisd.timeline.ring import Ring

_PAGE = 500


class History(Protocol):
    """The part of the store that a reader needs."""

    async def read_events(self, after: int, *, limit: int, wanted: EventFilter) -> list[tuple[int, bytes]]:
        """At most `limit` events above `after` that pass, in order."""

    async def read_last_events(self, limit: int, *, wanted: EventFilter) -> list[tuple[int, bytes]]:
        """The newest `limit` events that pass, in order."""


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
        self._whole = wanted == EventFilter()
        self.cursor = cursor

    async def read(self) -> list[Record | StoredRecord | Gap]:
        """The next page of what there is now; empty when the reader has seen everything."""
        records = self._ring.after(self.cursor)
        if records is None:
            return await self._read_store()
        if records:
            self.cursor = records[-1].event.seq
        return [record for record in records if self._wanted.matches(record.event)]

    async def wait(self) -> bool:
        """Until there is something after the cursor. False when there will be nothing more."""
        await self._ring.wait_beyond(self.cursor)
        return self._ring.last_seq > self.cursor

    async def _read_store(self) -> list[Record | StoredRecord | Gap]:
        announced = self._ring.last_seq
        rows = await self._store.read_events(self.cursor, limit=_PAGE, wanted=self._wanted)
        page: list[Record | StoredRecord | Gap] = []
        for seq, body in rows:
            if seq > announced:
                break
            if self._whole and seq > self.cursor + 1:
                page.append(Gap(first=self.cursor + 1, last=seq - 1))
            page.append(StoredRecord(seq=seq, body=body))
            self.cursor = seq
        if len(rows) < _PAGE or rows[-1][0] > announced:
            if self._whole and announced > self.cursor:
                page.append(Gap(first=self.cursor + 1, last=announced))
            self.cursor = max(self.cursor, announced)
        return page
