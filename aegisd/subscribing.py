"""How subscriptions, and the desk that answers about them, are put together: what their sinks are given, and how they
tell of themselves."""

import random
from pathlib import Path

from attrs import frozen

from aegisd.config.subscription_keys import Subscription
from aegisd.config.values import Config
from aegisd.core.events.subscription import SubscriptionEvent
from aegisd.event_desk import EventDesk
from aegisd.sinks import SINKS
from aegisd.sinks.base import Sink, Terms
from aegisd.sinks.subscriptions import Subscriptions
from aegisd.sinks.surroundings import Executor, Surroundings
from aegisd.store import Store
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.timeline.ring import Ring


@frozen(kw_only=True)
class Programs:
    """How programs of subscriptions are run: by `executor`, with nothing of aegisd's environment but `inherited`."""

    executor: Executor
    inherited: dict[str, str]


def make_event_desk(config: Config, *, store: Store, ring: Ring, recorder: Recorder, programs: Programs) -> EventDesk:
    """The desk with its subscriptions, none of which has begun."""
    around = Surroundings(
        state_dir=Path(config.daemon.state_dir),
        epoch=store.bounds.epoch,
        store=store,
        executor=programs.executor,
        environment=programs.inherited,
    )

    def open_sink(subscription: Subscription) -> tuple[Sink, Terms]:
        return SINKS[subscription.type](subscription, around)

    async def tell(data: SubscriptionEvent) -> None:
        await recorder.emit(Emission(data=data, time=recorder.clock.now()))

    subscriptions = Subscriptions(
        store=store, ring=ring, clock=recorder.clock, open_sink=open_sink, tell=tell, chance=random.random
    )
    return EventDesk(store=store, subscriptions=subscriptions)
