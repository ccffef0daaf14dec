"""What can be asked about events beside following them: pages of them, their number, who listens, what agents used."""

from typing import Any

import msgspec

from aegisd.core.event_filter import EventFilter
from aegisd.selector import parse_cursor
from aegisd.store import Store


class EventDesk:
    """The part of the daemon that answers about events."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def list_events(
        self, wanted: EventFilter, *, after: str | None, before: str | None, limit: int
    ) -> dict[str, Any]:
        """A page: the newest events first (those before the cursor `before`), or those after `after` in order."""
        epoch = self._store.bounds.epoch
        if after is not None:
            rows = await self._store.read_events(parse_cursor(after, epoch=epoch), limit=limit, wanted=wanted)
        else:
            end = None if before is None else parse_cursor(before, epoch=epoch)
            rows = (await self._store.read_last_events(limit, wanted=wanted, before=end))[::-1]
        events = [msgspec.Raw(b'{"cursor":"%b.%d",%b' % (epoch.encode(), seq, body[1:])) for seq, body in rows]
        return {"events": events, "next": f"{epoch}.{rows[-1][0]}" if len(rows) == limit else None}

    async def count_events(self, wanted: EventFilter) -> int:
        """How many events pass."""
        return await self._store.count_events(wanted=wanted)
