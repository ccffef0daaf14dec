"""The parts that send webhooks and how they are opened: outside of the runs, whose last events they still send."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import trio

from aegisd.config.values import Config
from aegisd.sinks.lanes import Lanes
from aegisd.sinks.outbox import Outbox
from aegisd.sinks.pace import Pace
from aegisd.sinks.senders import Senders
from aegisd.sinks.webhook import Means
from aegisd.store import Store
from aegisd.timeline.recorder import Recorder
from aegisd.webhook_desk import WebhookDesk


@asynccontextmanager
async def open_webhooks(
    config: Config, store: Store, recorder: Recorder, new_id: Callable[[], str]
) -> AsyncIterator[WebhookDesk]:
    """The desk; deliveries are sent until the block is left. What is not sent by then stays in the outbox."""
    clock, host = recorder.clock, config.daemon.name
    outbox = Outbox(clock=clock, host=host)
    pace = Pace(idle_s=outbox.idle_s)
    means = Means(store=store.outbox, clock=clock, lanes=Lanes(pace=pace), chance=random.random, new_id=new_id)
    senders = Senders(store=store, recorder=recorder, outbox=outbox, means=means, host=host)
    await senders.configure(config.webhooks)
    await senders.resend_states()
    recorder.outbox = outbox
    async with trio.open_nursery() as nursery:
        await nursery.start(senders.run)
        try:
            yield WebhookDesk(senders=senders, store=store, recorder=recorder)
        finally:
            senders.close()
