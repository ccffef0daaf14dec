"""What can be asked about events beside following them: pages of them, their number, who listens, what agents used."""

from collections.abc import Mapping
from typing import Any

import msgspec

from aegisd.config.subscription_keys import Subscription
from aegisd.core.codec import to_plain
from aegisd.core.event_filter import EventFilter
from aegisd.core.record import StoreError
from aegisd.core.usage import Usage
from aegisd.selector import nearest, parse_cursor
from aegisd.sinks.subscriptions import Subscriptions
from aegisd.store import Store
from aegisd.wire.errors import CallError


class EventDesk:
    """The part of the daemon that answers about events."""

    def __init__(self, *, store: Store, subscriptions: Subscriptions) -> None:
        self._store = store
        self.subscriptions = subscriptions

    async def configure(self, wanted: Mapping[str, Subscription]) -> None:
        """Subscriptions of a new configuration. Raises CallError."""
        try:
            await self.subscriptions.configure(wanted)
        except StoreError as error:
            raise CallError("StoreFailed", f"cannot change the subscriptions: {error}") from error

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

    async def count_since(self, since: str) -> int:
        """How many events there were since then, by their numbers: those that retention has dropped count too."""
        newest = await self._store.read_last_events(1, wanted=EventFilter())
        return newest[-1][0] - await self._store.seq_before(since) if newest else 0

    async def usage(self, wanted: EventFilter, *, by: tuple[str, ...]) -> dict[str, Any]:
        """What models have used in the events that pass: all of it, and split by `by`."""
        if wanted.run is not None and await self._store.get_run(wanted.run) is None:
            raise CallError("NoSuchRun", f"there is no run #{wanted.run}", hint="aegisctl history lists the runs")
        total = await self._store.read_usage(wanted=wanted, by=())
        split = await self._store.read_usage(wanted=wanted, by=by) if total else []
        return {"total": to_plain(total[0] if total else Usage()), "usage": to_plain(split)}

    async def usage_of(self, run: int) -> dict[str, Any] | None:
        """What models have used in `run`; None when it asked none."""
        found = await self._store.read_usage(wanted=EventFilter(run=run), by=())
        return dict(to_plain(found[0])) if found else None

    def list_subscriptions(self, name: str | None = None) -> list[dict[str, Any]]:
        """All subscriptions, or the one called `name` with its last deliveries. Raises CallError."""
        if name is None:
            return self.subscriptions.show()
        found = [each for each in self.subscriptions.show(recent=True) if each["name"] == name]
        if not found:
            names = [each["name"] for each in self.subscriptions.show()]
            hint = nearest(name, names) or (
                f"subscriptions: {', '.join(names[:20])}" if names else "none is configured"
            )
            raise CallError("BadParameter", f'there is no subscription "{name[:80]}"', hint=hint)
        return found

    def sum_subscriptions(self) -> dict[str, Any]:
        """The part of the status: how many there are, which fail, and how far behind the last one is."""
        known = self.subscriptions.show()
        failing = [each["name"] for each in known if each["state"] == "failing"]
        return {"count": len(known), "failing": failing, "behind": max((each["behind"] for each in known), default=0)}
