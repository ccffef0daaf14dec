"""What the outbox lets go of: what has waited for four days, what was delivered a week ago, what died 30 days ago."""

import logging
from collections.abc import Awaitable, Callable

import trio
from attrs import evolve

from aegisd.core.delivery import Delivery, DeliveryState, DeliveryUpdate
from aegisd.core.events import WebhookDropped
from aegisd.core.record import StoreError
from aegisd.store.outbox import OutboxStore
from aegisd.timeline.identity import format_time
from aegisd.timeline.recorder import Emission, Recorder

_log = logging.getLogger("aegisd.webhooks")

_DAY_S = 86_400.0
DROP_AFTER_S = 4 * _DAY_S
_KEEP_DELIVERED_S = 7 * _DAY_S
_KEEP_DEAD_S = 30 * _DAY_S
_MOST_DELIVERED = 10_000
_EVERY_S = 600.0
_AT_ONCE = 500
_REASON = "it waited for more than 4 days"


async def keep_house(store: OutboxStore, recorder: Recorder, start_over: Callable[[], Awaitable[None]]) -> None:
    """Look every ten minutes. `start_over` is called when something that waited was given up."""
    while True:
        try:
            if await drop_stale(store, recorder):
                await start_over()
            now = recorder.clock.wall()
            await store.forget(
                delivered_before=format_time(now - _KEEP_DELIVERED_S),
                dead_before=format_time(now - _KEEP_DEAD_S),
                most=_MOST_DELIVERED,
            )
        except StoreError as error:
            _log.error("cannot let go of old deliveries: %s", error)
        await trio.sleep(_EVERY_S)


async def drop_stale(store: OutboxStore, recorder: Recorder) -> int:
    """Give up what has waited for four days, whether or not its webhook is still configured; says how many.

    A clock that was set makes nothing old: what counts is the time since the boot, where the host has not booted since.
    """
    clock, dropped = recorder.clock, 0
    while True:
        rows = await store.read_stale(before=format_time(clock.wall() - DROP_AFTER_S), limit=_AT_ONCE)
        stale = [row for row in rows if clock.since(row.queued) >= DROP_AFTER_S]
        for name in dict.fromkeys(row.webhook for row in stale):
            mine = [row for row in stale if row.webhook == name]
            data = WebhookDropped(webhook=name, count=len(mine), reason=_REASON)
            changes = tuple(_give_up(row, clock.now()) for row in mine)
            await recorder.record(Emission(data=data, time=clock.now(), changes=changes))
            _log.error("webhook %s: %d deliveries were given up: %s", name, len(mine), _REASON)
        dropped += len(stale)
        if len(rows) < _AT_ONCE or not stale:
            return dropped


def _give_up(row: Delivery, at: str) -> DeliveryUpdate:
    progress = evolve(row.progress, finished_at=at, reason=_REASON)
    return DeliveryUpdate(id=row.id, state=DeliveryState.DEAD, progress=progress)
