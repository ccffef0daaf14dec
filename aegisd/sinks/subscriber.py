"""One subscription at work: reads the timeline at its own cursor and hands events to its sink, whatever that does.

Nobody waits for it and nothing that goes wrong in a sink leaves it. What was delivered is noted in the store about once
a second and at the end; after a crash the deliveries since then are made again.
"""

import logging
import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import count

import trio

from aegisd.core.events.subscription import SubscriptionEvent, SubscriptionFailing, SubscriptionRecovered
from aegisd.core.record import StoreError
from aegisd.core.retry import spread_delay
from aegisd.sinks.base import Item, Sink, SinkError, Terms
from aegisd.sinks.ledger import Delivery, Ledger
from aegisd.timeline.identity import Clock
from aegisd.timeline.tail import Gap, Tail
from aegisd.wire.units import format_limit

_log = logging.getLogger("aegisd.sinks")

_SAVE_S = 1.0
_SAVE_AT_END_S = 5.0
_STORE_AGAIN_S = 1.0
_LONGEST_BACKOFF_S = 60.0
_WINDOW = 256


class Subscriber:
    """See the module. `save` keeps the ledger, `tell` emits an event, `chance` lies in [0, 1)."""

    def __init__(
        self,
        *,
        name: str,
        sink: Sink,
        terms: Terms,
        tail: Tail,
        ledger: Ledger,
        save: Callable[[Ledger], Awaitable[None]],
        tell: Callable[[SubscriptionEvent], Awaitable[None]],
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self.name = name
        self.ledger = ledger
        self._sink = sink
        self._terms = terms
        self._tail = tail
        self._save = save
        self._tell = tell
        self._clock = clock
        self._chance = chance
        self._slots = trio.Semaphore(terms.max_concurrent)
        self._window = trio.Semaphore(1 if terms.max_concurrent == 1 else _WINDOW)
        self._saved = ledger.done

    async def run(self) -> None:
        """Deliver until the timeline ends or the task is cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                saving = trio.CancelScope()
                nursery.start_soon(self._save_now_and_then, saving)
                async with trio.open_nursery() as deliveries:
                    await self._hand_over_all(deliveries)
                saving.cancel()
        finally:
            with trio.move_on_after(_SAVE_AT_END_S) as scope:
                scope.shield = True
                await self._save_now()
                await self._sink.close()

    def hasten(self) -> None:
        """The end of `run` is wanted soon."""
        self._sink.hasten()

    async def _hand_over_all(self, nursery: trio.Nursery) -> None:
        while True:
            page = await self._read()
            for items in self._divide(page):
                await self._window.acquire()
                self.ledger.begin(items)
                nursery.start_soon(self._deliver, items)
            self.ledger.pass_over(self._tail.cursor)
            if not page and not await self._tail.wait():
                return

    async def _read(self) -> Sequence[Item | Gap]:
        while True:
            try:
                return await self._tail.read()
            except StoreError as error:
                _log.error("subscription %s cannot read: %s", self.name, error)
                await trio.sleep(_STORE_AGAIN_S)

    def _divide(self, page: Sequence[Item | Gap]) -> Iterator[list[Item]]:
        """The deliveries that a page makes. What a subscription does is nothing that it is told itself."""
        items: list[Item] = []
        for item in page:
            if isinstance(item, Gap):
                self.ledger.missed += item.last - item.first + 1
                _log.warning("subscription %s: events %d to %d are no longer kept", self.name, item.first, item.last)
                continue
            if b'"subscription.' in item.body and self._is_about_this(item):
                continue
            items.append(item)
            if len(items) == self._terms.batch:
                yield items
                items = []
        if items:
            yield items

    def _is_about_this(self, item: Item) -> bool:
        data = item.event.data
        return isinstance(data, SubscriptionFailing | SubscriptionRecovered) and data.name == self.name

    async def _deliver(self, items: Sequence[Item]) -> None:
        """One delivery to its end. With several at once the others go on while one waits for its next attempt."""
        begun, error = self._clock.monotonic(), None
        failed: SinkError | None
        in_order = self._terms.max_concurrent == 1
        await self._slots.acquire()
        for attempt in count(1):
            failed = await self._attempt(items)
            error = str(failed) if failed else error
            await self._note(items, str(failed) if failed else None)
            gives_up = self._terms.max_retries is not None and attempt > self._terms.max_retries
            if failed is None or gives_up:
                break
            if not in_order:
                self._slots.release()
            await trio.sleep(max(self._backoff(attempt), failed.retry_after_s))
            if not in_order:
                await self._slots.acquire()
        delivery = Delivery(
            first_seq=items[0].seq,
            last_seq=items[-1].seq,
            events=len(items),
            attempts=attempt,
            success=failed is None,
            duration_s=round(self._clock.monotonic() - begun, 3),
            ended_at=self._clock.now(),
            error=error,
        )
        self.ledger.end(delivery)
        if failed is not None:
            _log.error(
                "subscription %s gave up event %d after %d attempts: %s", self.name, items[0].seq, attempt, failed
            )
        self._slots.release()
        self._window.release()

    async def _attempt(self, items: Sequence[Item]) -> SinkError | None:
        """Why it failed; None when it did not. The boundary: no defect of a sink goes further."""
        with trio.move_on_after(self._terms.timeout):
            try:
                await self._sink.deliver(items)
            except SinkError as error:
                return error
            except (Exception, BaseExceptionGroup) as error:
                if not isinstance(error, Exception) and error.split((Exception, trio.Cancelled))[1] is not None:
                    raise
                _log.exception("subscription %s broke aegisd's code", self.name)
                await trio.lowlevel.checkpoint_if_cancelled()
                return SinkError(f"a defect in aegisd: {type(error).__name__}: {error}")
            return None
        return SinkError(f"no end after {format_limit(self._terms.timeout)}")

    async def _note(self, items: Sequence[Item], failed: str | None) -> None:
        """Keep the count of failures, and tell of the first and of their end."""
        ledger = self.ledger
        was_failing, ledger.error = ledger.error is not None, failed
        if failed is not None:
            ledger.failures += 1
            if not was_failing:
                seqs = {"first_seq": items[0].seq, "last_seq": items[-1].seq}
                await self._tell(SubscriptionFailing(name=self.name, error=failed, **seqs))
        elif was_failing:
            failures, lost = ledger.failures, ledger.lost_in_a_row
            ledger.failures = ledger.lost_in_a_row = 0
            await self._tell(SubscriptionRecovered(name=self.name, failures=failures, lost=lost))

    def _backoff(self, attempt: int) -> float:
        doubled = self._terms.retry_backoff * math.pow(2.0, min(attempt - 1, 32))
        return spread_delay(min(doubled, _LONGEST_BACKOFF_S), self._chance())

    async def _save_now_and_then(self, scope: trio.CancelScope) -> None:
        with scope:
            while True:
                await trio.sleep(_SAVE_S)
                await self._save_now()

    async def _save_now(self) -> None:
        done = self.ledger.done
        if done == self._saved:
            return
        try:
            await self._sink.settle()
            await self._save(self.ledger)
        except (StoreError, SinkError) as error:
            _log.error("subscription %s cannot keep its place: %s", self.name, error)
        else:
            self._saved = done
