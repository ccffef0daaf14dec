"""The ring log: the newest events in memory, read by everyone at their own cursor.

Readers share the ring: one wake-up for all of them, whatever their number. A reader that falls behind the ring goes on
from the store; nobody waits for it.
"""

from collections import deque
from collections.abc import Iterable
from itertools import islice

import trio

from aegisd.core.record import EventFilter, Record

_WINDOW = 4000


class Ring:
    """The last `size` events. `last_seq` is the newest event that was announced; it is on disk.

    For readers at their cursors `window` events are held if that is more, so that a burst does not send them all to the
    store.
    """

    def __init__(self, *, size: int, last_seq: int = 0, window: int = _WINDOW) -> None:
        self._records: deque[Record] = deque(maxlen=max(size, window))
        self._size = size
        self._grown = trio.Event()
        self.last_seq = last_seq
        self.closed = False

    def extend(self, records: Iterable[Record]) -> None:
        """Announce `records`, which follow the newest one without a hole, and wake all readers."""
        for record in records:
            self._records.append(record)
            self.last_seq = record.event.seq
        self._wake()

    def close(self) -> None:
        """There will be no more: readers see the end after what is left."""
        self.closed = True
        self._wake()

    def after(self, seq: int) -> list[Record] | None:
        """All events above `seq`; None when the ring has moved on and the store must be asked."""
        missing = self.last_seq - seq
        if missing <= 0:
            return []
        if missing > len(self._records):
            return None
        return list(islice(reversed(self._records), missing))[::-1]

    async def wait_beyond(self, seq: int) -> None:
        """Until there is an event above `seq`, or the ring is closed."""
        while self.last_seq <= seq and not self.closed:
            await self._grown.wait()

    def recent(self, limit: int = 20, wanted: EventFilter | None = None) -> list[Record]:
        """The newest `limit` events of the ring that pass, in order."""
        log = islice(self._records, max(0, len(self._records) - self._size), None)
        found = [record for record in log if wanted is None or wanted.matches(record.event)]
        return found[max(0, len(found) - limit) :]

    def _wake(self) -> None:
        self._grown.set()
        self._grown = trio.Event()
