"""What came in through webhooks: proven deliveries are kept in the store within bounds, refused ones in memory.

A refused delivery writes nothing to disk: who cannot prove anything must not be able to fill it, nor to push out what
is kept of others.
"""

import logging
from collections import deque
from typing import Any

from aegisd.core.codec import to_plain
from aegisd.core.hook import Delivery
from aegisd.core.record import Batch, StoreError
from aegisd.store import Store
from aegisd.timeline.identity import Clock, format_time
from aegisd.wire.errors import CallError

_log = logging.getLogger("aegisd.hooks")

KEPT_DELIVERIES = 200
KEPT_BYTES = 64 * 2**20
_KEPT_KEYS_S = 7 * 86400.0
_TIDY_DELIVERIES = 50
_TIDY_BYTES = 8 * 2**20
_REFUSALS = 50
_LOG_EVERY_S = 60.0


class HookLog:
    """See the module."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._refusals: deque[dict[str, Any]] = deque(maxlen=_REFUSALS)
        self._logged = -_LOG_EVERY_S
        self._untidy = self._untidy_bytes = 0

    def note_refusal(self, trigger: str, *, source: str, status: int, reason: str) -> None:
        """Remember that something was refused; `trigger` is empty where there is none of that name."""
        self._refusals.appendleft(
            {"trigger": trigger, "time": self._clock.now(), "source": source, "status": status, "reason": reason}
        )
        now = self._clock.monotonic()
        if now >= self._logged + _LOG_EVERY_S:
            self._logged = now
            _log.warning("a webhook delivery from %s to %r was refused (%d): %s", source, trigger, status, reason)

    async def keep(self, delivery: Delivery) -> None:
        """Keep a delivery that started no run. That it cannot be kept changes nothing for its sender."""
        try:
            await self._store.commit(Batch(records=(), deliveries=(delivery,)))
        except StoreError as error:
            _log.error("cannot keep a webhook delivery: %s", error)
        await self.tidy(delivery.size)

    async def tidy(self, size: int) -> None:
        """Let go of the oldest now and then; `size` bytes were added."""
        self._untidy, self._untidy_bytes = self._untidy + 1, self._untidy_bytes + size
        if self._untidy < _TIDY_DELIVERIES and self._untidy_bytes < _TIDY_BYTES:
            return
        self._untidy = self._untidy_bytes = 0
        before = format_time(self._clock.wall() - _KEPT_KEYS_S)
        try:
            await self._store.prune_deliveries(each=KEPT_DELIVERIES, body_bytes=KEPT_BYTES, before=before)
        except StoreError as error:
            _log.error("cannot let go of old webhook deliveries: %s", error)

    async def list(self, trigger: str | None, *, limit: int) -> dict[str, Any]:
        """Deliveries and refusals, the newest first: `HookDelivery`s and `HookRefusal`s. Raises CallError."""
        try:
            kept = await self._store.list_deliveries(trigger, limit=limit)
        except StoreError as error:
            raise CallError("StoreFailed", str(error)) from None
        refusals = [dict(each) for each in self._refusals if trigger in (None, each["trigger"])]
        shown = [_show(delivery, has_body=has_body) for delivery, has_body in kept]
        return {"deliveries": shown, "refusals": refusals[:limit]}

    async def read(self, number: int) -> tuple[dict[str, Any], dict[str, str], bytes | None]:
        """A delivery, its headers and its body. Raises CallError."""
        found = await self._store.read_delivery(number)
        if found is None:
            message = f"there is no delivery {number}"
            raise CallError("NoSuchDelivery", message, hint="aegisctl triggers deliveries")
        return _show(found, has_body=found.body is not None), dict(found.headers), found.body


def _show(delivery: Delivery, *, has_body: bool) -> dict[str, Any]:
    hidden = ("keys", "headers", "body")
    view = {name: getattr(delivery, name) for name in Delivery.__annotations__ if name not in hidden}
    return {**to_plain(view), "has_body": has_body}
