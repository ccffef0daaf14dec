"""Webhooks to test with: senders in virtual time whose receivers are scripts, and real receivers on this host."""

import functools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import trio
from attrs import define, field, frozen

from aegisd.config.webhook_values import WebhookConfig
from aegisd.core.delivery import Delivery, DeliveryFilter
from aegisd.core.events import CancellationRequested, Event, EventData
from aegisd.sinks.fate import Answer
from aegisd.sinks.lanes import Lanes
from aegisd.sinks.outbox import Outbox
from aegisd.sinks.pace import Pace
from aegisd.sinks.request import Request
from aegisd.sinks.senders import Senders
from aegisd.sinks.webhook import Means
from aegisd.store.memory import MemoryStore
from aegisd.timeline.identity import Clock, IdentitySource
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.webhook_desk import WebhookDesk
from tests.timeline.kit import open_timeline, virtual_clock

SECRET = "a secret of more than 24 bytes"
OK = Answer(status=200, text="ok")
DOWN = Answer(error="refused", text="h refused the connection")


def make_config(name: str = "ci", **changes: Any) -> WebhookConfig:
    """A webhook that wants cancellations, which are the events that are simplest to make."""
    known: dict[str, Any] = {"url": f"https://{name}.example.org/hook", "events": ("cancellation.requested",)}
    return WebhookConfig(name=name, keys=(SECRET,), **{**known, **changes})


@define(eq=False)
class Script:
    """A receiver: `answers` in order, then `then` for ever; each takes `takes` seconds. `seen` is (second, id)."""

    answers: list[Answer] = field(factory=list)
    then: Answer = OK
    takes: float = 0.0
    seen: list[tuple[float, str, int]] = field(factory=list)
    bodies: list[bytes] = field(factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def send(self, request: Request, *, limit_s: float) -> Answer:
        """The next answer."""
        headers = dict(request.headers)
        timestamp = int(headers[b"webhook-timestamp"])
        self.seen.append((round(trio.current_time(), 3), headers[b"webhook-id"].decode(), timestamp))
        self.bodies.append(request.body)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            with trio.move_on_after(limit_s) as scope:
                await trio.sleep(self.takes)
        finally:
            self.at_once -= 1
        if scope.cancelled_caught:
            return Answer(error="timeout")
        return self.answers.pop(0) if self.answers else self.then

    async def retire(self) -> None:
        """Nothing is open."""

    @property
    def times(self) -> list[float]:
        """When it was called."""
        return [second for second, _, _ in self.seen]


@frozen(kw_only=True)
class House:
    """What `open_house` opened."""

    senders: Senders
    desk: WebhookDesk
    recorder: Recorder
    store: MemoryStore
    scripts: dict[str, Script]

    async def happen(self, count: int = 1, *, data: Callable[[int], EventData] | None = None) -> None:
        """`count` events; returns once they are on disk."""
        for number in range(count):
            what = data(number) if data else CancellationRequested(by=str(number))
            await self.recorder.record(Emission(data=what, time=self.recorder.clock.now()))

    def told(self, family: str = "webhook.") -> list[EventData]:
        """The data of the events about webhooks."""
        return [r.event.data for r in self.store.records if r.event.type.startswith(family)]

    async def deliveries(self, webhook: str | None = None) -> list[Delivery]:
        """All of the outbox, the oldest first."""
        wanted = DeliveryFilter(webhook=webhook, limit=1_000_000)
        rows = (await self.store.outbox.list_deliveries(wanted))[::-1]
        whole = [await self.store.outbox.get_delivery(row.id) for row in rows]
        return [row for row in whole if row is not None]


class _ScriptedSenders(Senders):
    scripts: dict[str, Script]

    async def _make_post(self, config: WebhookConfig, _: Any) -> Any:
        return self.scripts.setdefault(config.name, Script())


@asynccontextmanager
async def open_house(
    *configs: WebhookConfig,
    scripts: dict[str, Script] | None = None,
    store: MemoryStore | None = None,
    clock: Clock | None = None,
    last_seq: int = 0,
) -> AsyncIterator[House]:
    """Senders for `configs` in virtual time; chance is always in the middle. Leaving the block stops them."""
    store, clock = store or MemoryStore(), clock or virtual_clock()
    async with open_timeline(store=store, clock=clock, last_seq=last_seq) as timeline:
        outbox = Outbox(clock=clock, host="buildhost")
        pace = Pace(idle_s=outbox.idle_s)
        ids = IdentitySource(wall=clock.wall)
        means = Means(store=store.outbox, clock=clock, lanes=Lanes(pace=pace), chance=lambda: 0.5, new_id=ids)
        senders = _ScriptedSenders(
            store=store, recorder=timeline.recorder, outbox=outbox, means=means, host="buildhost"
        )
        senders.scripts = scripts or {}
        await senders.configure({config.name: config for config in configs})
        await senders.resend_states()
        timeline.recorder.outbox = outbox
        async with trio.open_nursery() as nursery:
            await nursery.start(senders.run)
            desk = WebhookDesk(senders=senders, store=store, recorder=timeline.recorder)
            yield House(senders=senders, desk=desk, recorder=timeline.recorder, store=store, scripts=senders.scripts)
            senders.close()


def make_event(data: EventData, *, seq: int = 7, run: int | None = 3, step: str | None = None) -> Event:
    """An event of run 3 of "quality"."""
    return Event(
        seq=seq,
        id=f"01a1fd20-d7cc-7b51-9c5e-{seq:012}",
        type=data.type,
        time="2026-11-21T08:00:49.650Z",
        data=data,
        workflow="quality" if run is not None else None,
        run=run,
        step=step,
    )


Behaviour = Callable[[trio.abc.Stream], Any]


@asynccontextmanager
async def open_receiver(behave: Behaviour, *, tls: Any = None, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """A listener on this host whose connections are handled by `behave`; its port."""
    listeners: Sequence[Any] = await trio.open_tcp_listeners(0, host=host)
    port = listeners[0].socket.getsockname()[1]
    if tls is not None:
        listeners = [trio.SSLListener(listener, tls, https_compatible=True) for listener in listeners]
    async with trio.open_nursery() as nursery:
        await nursery.start(functools.partial(trio.serve_listeners, functools.partial(_handle, behave), listeners))
        yield port
        nursery.cancel_scope.cancel()


async def _handle(behave: Behaviour, stream: trio.abc.Stream) -> None:
    try:
        await behave(stream)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass  # the sender left: it may
    finally:
        with trio.move_on_after(0.5, shield=True):
            await stream.aclose()


async def read_request(stream: trio.abc.Stream) -> tuple[dict[bytes, bytes], bytes]:
    """Headers (small names) and body of the next request; empty at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = await stream.receive_some(65536)
        if not part:
            return {}, b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [line.split(b": ", 1) for line in head.split(b"\r\n")[1:]]
    headers = {name.lower(): value for name, value in lines}
    while len(body) < int(headers.get(b"content-length", b"0")):
        body += await stream.receive_some(65536)
    return headers, body
