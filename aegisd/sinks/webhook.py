"""The sender of one webhook: takes what waits in the outbox, in order, and sends it until the receiver has taken it.

At least once: a delivery is pending until its outcome is written, so an end of aegisd in between sends it again with
the same `webhook-id`. In order where `max_concurrent` is 1: the oldest goes first, and the others wait for it. The
outbox is the queue; what is held here is a page of it. A receiver that fails, hangs or lies costs a task, and nobody
else notices.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import trio
from attrs import define, frozen

from aegisd.config.webhook_values import WebhookConfig
from aegisd.core.delivery import Delivery, DeliveryState, Load
from aegisd.core.record import StoreError
from aegisd.sinks.books import Books
from aegisd.sinks.fate import Answer, decide_fate
from aegisd.sinks.health import after_answer, count_allowed, new_health
from aegisd.sinks.lanes import Lanes
from aegisd.sinks.parcel import make_ping, make_request
from aegisd.sinks.request import Request
from aegisd.store.outbox import OutboxStore
from aegisd.timeline.identity import Clock

if TYPE_CHECKING:
    from aegisd.sinks.post import Post

_log = logging.getLogger("aegisd.webhooks")

_PAGE = 100
_PATIENCE_S = 1.0
_LONGEST_REST_S = 600.0


@frozen(kw_only=True)
class Means:
    """What all senders share. `chance` draws numbers from 0 to 1, `new_id` makes the ids of attempts."""

    store: OutboxStore
    clock: Clock
    lanes: Lanes
    chance: Callable[[], float]
    new_id: Callable[[], str]


@define(eq=False)
class Item:
    """A delivery of the page, and when it is due (monotonic seconds)."""

    delivery: Delivery
    due: float


class Sender:
    """One webhook. `books` writes what becomes of its deliveries; `load` is what waits for it."""

    def __init__(self, *, config: WebhookConfig, post: "Post", books: Books, means: Means, load: Load) -> None:
        self.config = config
        self.books = books
        self.load = load
        self.health = new_health(config.max_concurrent)
        self.scope = trio.CancelScope()
        self._post = post
        self._means = means
        self._page: dict[int, Item] = {}
        self._flying: set[int] = set()
        self._gone: set[int] = set()  # what ended while a page was being read
        self._cursor = 0
        self._starts = 0
        self._has_more = True
        self._closing = False
        self._ring, self._bell = trio.open_memory_channel[None](1)

    @property
    def is_enabled(self) -> bool:
        """Whether anything may be sent."""
        return self.config.enabled and self.books.state.disabled is None

    async def run(self) -> None:
        """Send until `close`, or until `scope` is cancelled."""
        with self.scope:
            async with trio.open_nursery() as nursery:
                while not self._closing:
                    try:
                        await self._refill()
                    except StoreError as error:
                        _log.error("webhook %s: cannot read what waits: %s", self.config.name, error)
                        await trio.sleep(_PATIENCE_S)
                    item = self._pick()
                    if item is None:
                        await self._rest()
                    else:
                        self._flying.add(item.delivery.id)
                        nursery.start_soon(self._carry, item)

    def close(self) -> None:
        """Send no more; what is under way may finish."""
        self._closing = True
        self.wake()

    def notice(self, count: int, size: int) -> None:
        """There are `count` more deliveries of `size` bytes on disk."""
        self.load = Load(count=self.load.count + count, size=self.load.size + size)
        self._has_more = True
        self.wake()

    def wake(self) -> None:
        """Look again at what is to be done."""
        try:
            self._ring.send_nowait(None)
        except trio.WouldBlock:
            return

    def start_over(self, load: Load) -> None:
        """Read the outbox from its start: `load` waits there, and some of it is older than what was read."""
        self.load = load
        self._page = {number: item for number, item in self._page.items() if number in self._flying}
        self._cursor, self._has_more = 0, True
        self._starts += 1
        self.wake()

    async def reconfigure(self, config: WebhookConfig, post: "Post") -> None:
        """Go on with `config`; what is under way finishes with the old one."""
        old, self._post, self.config = self._post, post, config
        self.health = new_health(config.max_concurrent)
        self.wake()
        await old.retire()

    async def enable(self, *, by: str) -> None:
        """Send again, with a clean slate."""
        self.health = new_health(self.config.max_concurrent)
        await self.books.enable(by=by)

    def held_s(self) -> float:
        """For how long nothing is sent: the receiver asked for it, or the circuit is open."""
        opening = self.health.open_until - self._means.clock.monotonic() if self.health.is_open else 0.0
        return max(0.0, self.books.left_alone_s(), opening)

    def is_due_next(self, number: int) -> bool:
        """Whether the delivery `number` need not wait for another one."""
        return self.config.max_concurrent > 1 or next(iter(self._page), None) in (None, number)

    async def ping(self, request: Request) -> Answer:
        """Send `request` once, whatever the state of the webhook."""
        return await self._post.send(request, limit_s=self.config.timeout)

    def make_ping(self, *, host: str) -> Request:
        """What `ping` sends to try the webhook."""
        clock, message = self._means.clock, f"msg_{self._means.new_id().replace('-', '')}"
        return make_ping(self.config, host=host, time=clock.now(), timestamp=int(clock.wall()), message=message)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._post.retire()

    async def _refill(self) -> None:
        if self._has_more and await self.books.shrink(self.load):
            self.start_over((await self._means.store.count_pending()).get(self.config.name, Load()))
        if not self._has_more or len(self._page) >= _PAGE // 2 or not self.is_enabled:
            return
        self._has_more, starts = False, self._starts
        self._gone.clear()
        rows = await self._means.store.read_pending(self.config.name, after=self._cursor, limit=_PAGE)
        if starts != self._starts:
            return  # what was read is not the start of the outbox any more
        now, clock = self._means.clock.monotonic(), self._means.clock
        for row in rows:
            if row.id not in self._flying and row.id not in self._gone:
                left = row.progress.delay_s - clock.since(row.progress.tried) if row.progress.tried else 0.0
                self._page[row.id] = Item(row, now + max(0.0, left))
        self._page = dict(sorted(self._page.items(), key=lambda each: each[1].delivery.seq))
        self._cursor = rows[-1].seq if rows else self._cursor
        self._has_more = self._has_more or len(rows) == _PAGE

    def _pick(self) -> Item | None:
        """The next delivery that may go now."""
        now = self._means.clock.monotonic()
        if self._closing or not self.is_enabled or self.books.left_alone_s() > 0:
            return None
        if len(self._flying) >= count_allowed(self.health, now=now):
            return None
        resting = (item for number, item in self._page.items() if number not in self._flying)
        if self.health.is_open:
            return next(resting, None)
        if self.config.max_concurrent == 1:
            first = next(resting, None)
            return first if first is not None and first.due <= now else None
        return next((item for item in resting if item.due <= now), None)

    async def _rest(self) -> None:
        """Until something is due, or somebody rings."""
        now, waits = self._means.clock.monotonic(), [_LONGEST_REST_S]
        if self.is_enabled:
            pause = self.books.left_alone_s()
            opening = self.health.open_until - now if self.health.is_open else 0.0
            dues = [item.due - now for number, item in self._page.items() if number not in self._flying]
            if dues and len(self._flying) < self.health.limit:
                first = dues[0] if self.config.max_concurrent == 1 else min(dues)
                waits.append(max(pause, opening, 0.0 if self.health.is_open else first))
        with trio.move_on_after(max(0.001, min(waits))):
            await self._bell.receive()

    async def _carry(self, item: Item) -> None:
        """One attempt, from its turn to the books."""
        delivery, config, post, clock = item.delivery, self.config, self._post, self._means.clock
        probing = self.health.is_open
        try:
            async with self._means.lanes.enter(config.url, waiting=self.load.count):
                began = clock.now()
                request = make_request(
                    config,
                    delivery,
                    timestamp=int(clock.wall()),
                    attempt=len(delivery.progress.tries) + 1,
                    attempt_id=self._means.new_id(),
                )
                answer = await post.send(request, limit_s=config.timeout)
            await self._settle(item, answer, began, probing=probing)
        finally:
            self._flying.discard(delivery.id)
            self.wake()

    async def _settle(self, item: Item, answer: Answer, began: str, *, probing: bool) -> None:
        clock, chance = self._means.clock, self._means.chance
        delivery = item.delivery
        fate = decide_fate(
            answer,
            attempts=delivery.progress.attempts,
            schedule=self.config.schedule,
            chance=chance(),
            probing=probing,
        )
        was_open = self.health.is_open
        self.health = after_answer(self.health, answer, now=clock.monotonic(), chance=chance())
        opened = self.health.is_open and not was_open
        item.delivery = await self.books.settle(
            delivery, answer, fate, began=began, opened=opened, waiting=self.load.count
        )
        item.due = clock.monotonic() + fate.delay_s
        if fate.state is not DeliveryState.PENDING:
            self._page.pop(delivery.id, None)
            self._gone.add(delivery.id)
            self.load = Load(count=max(0, self.load.count - 1), size=max(0, self.load.size - len(delivery.body)))
