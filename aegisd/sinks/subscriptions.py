"""All subscriptions: begun, changed and ended while aegisd runs, each in a task of its own, in the order in which they
were added.

Whatever takes events is a subscription here, a file, a program, or a function of aegisd itself. One that is new begins
with the events that come after it; one that the store knows goes on where it was.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import trio
from attrs import define, evolve, field

from aegisd.config.subscription_keys import Subscription
from aegisd.core.codec import to_plain
from aegisd.core.event_filter import EventFilter
from aegisd.core.events.subscription import SubscriptionEvent
from aegisd.core.place import Place
from aegisd.sinks.base import Sink, Terms
from aegisd.sinks.ledger import Ledger
from aegisd.sinks.subscriber import Subscriber
from aegisd.sinks.wanted import make_filter
from aegisd.store import Store
from aegisd.timeline.identity import Clock
from aegisd.timeline.ring import Ring
from aegisd.timeline.tail import Tail

_log = logging.getLogger("aegisd.sinks")

_LOOK_S = 0.02
_GRACE_S = 2.0


@define(eq=False, kw_only=True)
class _Member:
    """One subscription from its begin to its end."""

    name: str
    kind: str
    wanted: EventFilter
    subscriber: Subscriber
    config: Subscription | None = None
    scope: trio.CancelScope = field(factory=trio.CancelScope)
    ended: trio.Event = field(factory=trio.Event)


class Subscriptions:
    """See the module. `open_sink` makes the sink of a configured subscription, `tell` emits an event."""

    def __init__(
        self,
        *,
        store: Store,
        ring: Ring,
        clock: Clock,
        open_sink: Callable[[Subscription], tuple[Sink, Terms]],
        tell: Callable[[SubscriptionEvent], Awaitable[None]],
        chance: Callable[[], float],
    ) -> None:
        self._store = store
        self._ring = ring
        self._clock = clock
        self._open_sink = open_sink
        self._tell = tell
        self._chance = chance
        self._members: dict[str, _Member] = {}
        self._changing = trio.Lock()
        self._send, self._receive = trio.open_memory_channel[_Member](1000)

    async def run(self) -> None:
        """Carry subscriptions out until cancelled."""
        async with trio.open_nursery() as nursery:
            async for member in self._receive:
                nursery.start_soon(self._carry_out, member)

    async def configure(self, wanted: Mapping[str, Subscription]) -> None:
        """A configuration is in force: end what is not in it any more, begin what is new, leave alone what is as it
        was. Raises StoreError."""
        async with self._changing:
            await self._end([m for m in self._members.values() if m.config and not _is_same(m.config, wanted)])
            others = [name for name, member in self._members.items() if member.config is None]
            await self._store.forget_places(keep=(*wanted, *others))
            for name, subscription in wanted.items():
                if name not in self._members:
                    sink, terms = self._open_sink(subscription)
                    await self._begin(name, subscription.type, make_filter(subscription), sink, terms, subscription)
            order = (*wanted, *(name for name in others if name not in wanted))
            self._members = {name: self._members[name] for name in order}

    async def add(self, name: str, wanted: EventFilter, sink: Sink, terms: Terms) -> None:
        """Begin a subscription that is in no configuration; its name must be free."""
        async with self._changing:
            if name in self._members:
                message = f"there is a subscription {name!r} already"
                raise ValueError(message)
            await self._begin(name, type(sink).__name__, wanted, sink, terms, None)

    async def remove(self, name: str) -> bool:
        """End a subscription at once, with its deliveries; False when there is none of that name."""
        async with self._changing:
            member = self._members.get(name)
            if member is None:
                return False
            await self._end([member])
            await self._store.forget_places(keep=self._members)
            return True

    async def finish(self, limit_s: float) -> None:
        """Before aegisd ends: let them deliver what has been announced, for at most `limit_s` seconds, then end them.
        What is not delivered is at the next start."""
        with trio.move_on_after(limit_s):
            while any(member.subscriber.ledger.done < self._ring.last_seq for member in self._members.values()):  # noqa: ASYNC110 - nobody announces it
                await trio.sleep(_LOOK_S)
        async with self._changing:
            await self._end([*self._members.values()])

    def show(self, *, recent: bool = False) -> list[dict[str, Any]]:
        """The subscriptions in order: `Subscription`s of the interface file; with `recent` their last deliveries."""
        return [self._show(member, recent=recent) for member in self._members.values()]

    def _show(self, member: _Member, *, recent: bool) -> dict[str, Any]:
        ledger = member.subscriber.ledger
        return {
            "name": member.name,
            "type": member.kind,
            "events": sorted(member.wanted.types) or ["*"],
            "state": "failing" if ledger.error is not None else "working",
            "behind": max(0, self._ring.last_seq - ledger.done),
            "open": ledger.open,
            **ledger.show(),
            "deliveries": to_plain([*ledger.recent]) if recent else [],
        }

    async def _begin(
        self, name: str, kind: str, wanted: EventFilter, sink: Sink, terms: Terms, config: Subscription | None
    ) -> None:
        place = (await self._store.read_places()).get(name)
        if place is None:
            place = Place(name=name, done=self._ring.last_seq)
            await self._store.keep_place(place)
        ledger = Ledger(done=place.done, delivered=place.delivered, lost=place.lost)

        async def save(ledger: Ledger) -> None:
            kept = Place(name=name, done=ledger.done, delivered=ledger.delivered, lost=ledger.lost)
            await self._store.keep_place(kept)

        subscriber = Subscriber(
            name=name,
            sink=sink,
            terms=terms,
            tail=Tail(ring=self._ring, store=self._store, wanted=wanted, cursor=place.done),
            ledger=ledger,
            save=save,
            tell=self._tell,
            clock=self._clock,
            chance=self._chance,
        )
        member = _Member(name=name, kind=kind, wanted=wanted, subscriber=subscriber, config=config)
        self._members[name] = member
        await self._send.send(member)

    async def _end(self, members: Sequence[_Member]) -> None:
        """End them all; programs that do not go by themselves are killed after a moment."""
        for member in members:
            member.scope.cancel()
        with trio.move_on_after(_GRACE_S) as patience:
            for member in members:
                await member.ended.wait()
        if patience.cancelled_caught:
            for member in members:
                member.subscriber.hasten()
        for member in members:
            await member.ended.wait()
            del self._members[member.name]

    async def _carry_out(self, member: _Member) -> None:
        """The boundary: a defect in one subscription ends that one."""
        try:
            with member.scope:
                await member.subscriber.run()
        except Exception:  # noqa: BLE001 - the boundary
            _log.exception("subscription %s has ended, this is a bug", member.name)
            member.subscriber.ledger.error = "a defect in aegisd ended it; its log says where"
        finally:
            member.ended.set()


def _is_same(old: Subscription, wanted: Mapping[str, Subscription]) -> bool:
    """Whether it is to go on as it is."""
    return old.name in wanted and evolve(old, origin=None) == evolve(wanted[old.name], origin=None)
