"""Subscriptions to test with: a timeline in virtual time, and sinks that do what they are told."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import trio
from attrs import define, field, frozen

from aegisd.config.subscription_keys import Subscription
from aegisd.core.events import Event
from aegisd.core.events.subscription import SubscriptionEvent
from aegisd.sinks.base import Item, Sink, SinkError, Terms
from aegisd.sinks.subscriptions import Subscriptions
from aegisd.store.memory import MemoryStore
from aegisd.timeline.recorder import Emission
from tests.timeline.kit import Timeline, open_timeline, say


@define(eq=False)
class Listener:
    """A sink that is a function of aegisd itself: `on_event` is called for each event; an exception is a failure."""

    on_event: Callable[[Event], Awaitable[None]] | None = None
    seen: list[int] = field(factory=list)
    closed: bool = False

    async def deliver(self, items: Sequence[Item]) -> None:
        """Hand each event over."""
        for item in items:
            if self.on_event is not None:
                await self.on_event(item.event)
            self.seen.append(item.seq)

    async def settle(self) -> None:
        """Nothing."""

    def hasten(self) -> None:
        """Nothing runs for long."""

    async def close(self) -> None:
        """Note that it is over."""
        self.closed = True


def fail(times: int) -> Callable[[Event], Awaitable[None]]:
    """Fails so many times, then works."""
    left = [times]

    async def on_event(_: Event) -> None:
        if left[0]:
            left[0] -= 1
            message = "the other side is down"
            raise SinkError(message)

    return on_event


@frozen(kw_only=True)
class World:
    """A timeline with subscriptions."""

    timeline: Timeline
    subscriptions: Subscriptions

    async def say(self, count: int) -> None:
        """Record so many events."""
        for _ in range(count):
            await self.timeline.recorder.record(say(self.timeline.ring.last_seq + 1))

    async def settle(self) -> None:
        """Until all subscriptions have come to the end."""
        await self.wait(lambda: all(each["behind"] == 0 for each in self.subscriptions.show()))

    async def wait(self, ready: Callable[[], bool]) -> None:
        """Until `ready` says so."""
        with trio.fail_after(1000):
            while not ready():  # noqa: ASYNC110 - nobody announces it
                await trio.sleep(0.01)


@asynccontextmanager
async def open_world(
    *,
    store: MemoryStore | None = None,
    open_sink: Callable[[Subscription], tuple[Sink, Terms]] | None = None,
    last_seq: int = 0,
) -> AsyncIterator[World]:
    """Subscriptions at work until the block is left, on a store that may have been used before."""
    async with open_timeline(store=store, last_seq=last_seq) as timeline, trio.open_nursery() as nursery:

        async def tell(data: SubscriptionEvent) -> None:
            await timeline.recorder.emit(Emission(data=data, time=timeline.recorder.clock.now()))

        def no_sink(_: Subscription) -> tuple[Sink, Terms]:
            raise AssertionError

        subscriptions = Subscriptions(
            store=timeline.store,
            ring=timeline.ring,
            clock=timeline.recorder.clock,
            open_sink=open_sink or no_sink,
            tell=tell,
            chance=lambda: 0.5,
        )
        nursery.start_soon(subscriptions.run)
        yield World(timeline=timeline, subscriptions=subscriptions)
        nursery.cancel_scope.cancel()
