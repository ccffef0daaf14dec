"""What can be asked of the webhooks: how they stand, what was sent, once more, on, off, and a try.

Held by `Daemon`; every door that is to do with webhooks goes through here. Nothing that it says holds a secret.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from aegisd.config.webhook_values import WebhookConfig
from aegisd.core.codec import decode_event, to_plain
from aegisd.core.delivery import Delivery, DeliveryFilter, DeliveryState, NewDelivery
from aegisd.core.events import WebhookReplayed
from aegisd.core.masking import COVER, mask_url
from aegisd.core.record import EventFilter, Record
from aegisd.selector import nearest
from aegisd.sinks.parcel import make_request
from aegisd.sinks.senders import Senders
from aegisd.sinks.webhook import Sender
from aegisd.store import Store
from aegisd.timeline.identity import format_time, parse_time
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.wire.errors import CallError

_PAGE = 500
_MOST_AGAIN = 100_000
_HINT = "aegisctl deliveries lists them"


class WebhookDesk:
    """See the module."""

    def __init__(self, *, senders: Senders, store: Store, recorder: Recorder) -> None:
        self._senders = senders
        self._store = store
        self._recorder = recorder
        self._clock = recorder.clock

    async def configure(self, webhooks: Mapping[str, WebhookConfig]) -> None:
        """A new configuration is in force."""
        await self._senders.configure(webhooks)

    def list_webhooks(self) -> list[dict[str, Any]]:
        """The webhooks in the order of the configuration: `Webhook`s of the interface."""
        return [self._show(sender) for sender in self._senders.all.values()]

    def count_outcomes(self) -> dict[tuple[str, str], int]:
        """Attempts since aegisd started, by webhook and what became of them: `delivered`, `retry` or `dead`. Those of
        webhooks that are configured."""
        known = self._senders.all
        return {key: count for key, count in sorted(self._senders.changes.outcomes.items()) if key[0] in known}

    async def test(self, name: str) -> dict[str, Any]:
        """Send a `ping` to the webhook at once, and say what came back."""
        sender = self._sender(name)
        request = sender.make_ping(host=self._senders.host)
        answer = await sender.ping(request)
        return {
            "url": mask_url(request.url),
            "type": "ping",
            "size": len(request.body),
            "success": answer.is_success,
            "status": answer.status,
            "error": answer.error,
            "text": answer.text,
            "duration_s": answer.duration_s,
        }

    async def enable(self, name: str, *, by: str) -> None:
        """Send to the webhook again, what waits for it first. Nothing changes when it is enabled."""
        sender = self._sender(name)
        if not sender.config.enabled:
            hint = "take out `enabled = false`, then: aegisctl reload"
            raise CallError("NotPossible", f"webhook {name} is switched off in the configuration", hint=hint)
        if sender.books.state.disabled is not None:
            await sender.enable(by=by)

    async def disable(self, name: str, *, by: str, reason: str | None) -> None:
        """Send nothing to the webhook until it is enabled; what waits for it is kept for four days."""
        sender = self._sender(name)
        if sender.books.state.disabled is None:
            await sender.books.disable(reason or "by hand", by=by)

    async def list_deliveries(self, wanted: DeliveryFilter) -> list[dict[str, Any]]:
        """Deliveries, the newest first: `Delivery`s of the interface."""
        if wanted.webhook is not None and wanted.webhook not in self._senders.all:
            self._check_name(wanted.webhook, await self._store.outbox.list_deliveries(wanted))
        return [self._show_delivery(each) for each in await self._store.outbox.list_deliveries(wanted)]

    async def get_delivery(self, number: int) -> dict[str, Any]:
        """One delivery with its attempts, the headers of the last one, and the body."""
        delivery = await self._find(number)
        return {
            "delivery": self._show_delivery(delivery),
            "tries": to_plain(delivery.progress.tries),
            "headers": self._show_headers(delivery),
            "body": delivery.body.decode("utf-8", "replace"),
        }

    async def follow_deliveries(self, *, webhook: str | None, failed: bool) -> AsyncGenerator[dict[str, Any], None]:
        """Each delivery whenever it was tried, without end."""
        if webhook is not None:
            self._sender(webhook)
        count = self._senders.changes.count
        while True:
            new = await self._senders.changes.wait_after(count)
            count = self._senders.changes.count
            for each in new:
                if webhook in (None, each.webhook) and not (failed and each.state is DeliveryState.DELIVERED):
                    yield self._show_delivery(each)

    async def redeliver(self, numbers: Sequence[int], *, by: str) -> int:
        """Have these deliveries sent once more; says how many."""
        found = [await self._find(number) for number in numbers]
        for delivery in found:
            self._sender(delivery.webhook)
        return await self._requeue([delivery.id for delivery in found], by=by, webhook=None)

    async def redeliver_failed(self, *, webhook: str | None, since: str | None, by: str, dry: bool) -> int:
        """Have sent once more what is dead or has failed and waits; with `dry` only say how many there are."""
        if webhook is not None:
            self._sender(webhook)
        wanted = DeliveryFilter(webhook=webhook, since=since, failed=True, limit=_MOST_AGAIN)
        known = self._senders.all
        rows = await self._store.outbox.list_deliveries(wanted)
        numbers = [row.id for row in rows if row.webhook in known]
        return len(numbers) if dry else await self._requeue(numbers, by=by, webhook=webhook)

    async def replay(self, *, first: int, webhook: str | None, by: str, dry: bool) -> int:
        """Have every event from the seq `first` on sent to the webhooks that want it, whether or not it was before."""
        senders = list(self._senders.all.values()) if webhook is None else [self._sender(webhook)]
        count, after, runs = 0, max(0, first - 1), dict[int, Mapping[str, str]]()
        while count < _MOST_AGAIN:
            rows = await self._store.read_events(after, limit=_PAGE, wanted=EventFilter())
            made = [each for _, body in rows for each in await self._repeat(body, senders, runs)]
            count += len(made) if dry else await self._store.outbox.replay(made)
            if len(rows) < _PAGE:
                break
            after = rows[-1][0]
        return count if dry else await self._announce(count, by=by, webhook=webhook)

    async def _repeat(
        self, body: bytes, senders: Sequence[Sender], runs: dict[int, Mapping[str, str]]
    ) -> list[NewDelivery]:
        """The deliveries of an event; `runs` are the parameters of runs that were looked up already."""
        event = decode_event(body)
        record = Record(event=event, body=body)
        if event.run is not None and event.run not in runs:
            run = await self._store.get_run(event.run)
            runs[event.run] = run.params if run is not None else {}
        params, queued = runs.get(event.run or 0, {}), self._clock.mark()
        outbox = self._senders.outbox
        return [each for sender in senders for each in outbox.repeat(record, sender.config, params, queued)]

    async def _requeue(self, numbers: Sequence[int], *, by: str, webhook: str | None) -> int:
        count = await self._store.outbox.requeue(numbers, queued=self._clock.mark())
        return await self._announce(count, by=by, webhook=webhook)

    async def _announce(self, count: int, *, by: str, webhook: str | None) -> int:
        if count:
            data = WebhookReplayed(by=by, count=count, webhook=webhook)
            await self._recorder.record(Emission(data=data, time=self._clock.now()))
            await self._senders.start_over()
        return count

    def _sender(self, name: str) -> Sender:
        sender = self._senders.all.get(name)
        if sender is None:
            names = list(self._senders.all)
            hint = nearest(name, names) or (f"webhooks: {', '.join(names[:20])}" if names else "none is configured")
            raise CallError("NoSuchWebhook", f'there is no webhook "{name}"', hint=hint)
        return sender

    def _check_name(self, name: str, rows: Sequence[Delivery]) -> None:
        """One that is no longer configured may still have deliveries."""
        if not rows:
            self._sender(name)

    async def _find(self, number: int) -> Delivery:
        delivery = await self._store.outbox.get_delivery(number)
        if delivery is None:
            raise CallError("NoSuchOutgoing", f"there is no delivery d-{number}", hint=_HINT)
        return delivery

    def _show(self, sender: Sender) -> dict[str, Any]:
        config, state = sender.config, sender.books.state
        word, since = self._judge(sender)
        return {
            "name": config.name,
            "url": mask_url(config.url),
            "format": config.format.value,
            "events": list(config.events),
            "state": word,
            "since": since,
            "error": state.disabled or state.error,
            "by": state.by,
            "waiting": sender.load.count,
        }

    def _judge(self, sender: Sender) -> tuple[str, str | None]:
        """How a webhook stands in a word, and since when (None: always, or nobody knows)."""
        state = sender.books.state
        if not sender.config.enabled:
            return "off", None
        if state.disabled is not None:
            return "disabled", state.disabled_at
        if state.failing is not None:
            return "failing" if state.told else "retrying", state.failing.time
        return ("paused", state.paused.time) if state.paused and sender.books.left_alone_s() > 0 else ("fine", None)

    def _show_delivery(self, delivery: Delivery) -> dict[str, Any]:
        sender, progress = self._senders.all.get(delivery.webhook), delivery.progress
        next_at = None
        pending = delivery.state is DeliveryState.PENDING
        if pending and sender is not None and sender.is_enabled and sender.is_due_next(delivery.id):
            left = progress.delay_s - self._clock.since(progress.tried) if progress.tried else 0.0
            next_at = format_time(self._clock.wall() + max(0.0, left, sender.held_s()))
        return {
            "id": delivery.id,
            "webhook": delivery.webhook,
            "event": delivery.type,
            "seq": delivery.seq,
            "run": delivery.run,
            "state": delivery.state.value,
            "message": delivery.message,
            "attempts": progress.attempts,
            "most": len(sender.config.schedule) if sender else 0,
            "queued_at": delivery.queued.time,
            "finished_at": progress.finished_at,
            "next_at": next_at,
            "reason": progress.reason,
            "last": to_plain(progress.tries[-1]) if progress.tries else None,
        }

    def _show_headers(self, delivery: Delivery) -> list[str]:
        """As the last attempt had them, but for its own id; signed with the secrets of now."""
        sender, tries = self._senders.all.get(delivery.webhook), delivery.progress.tries
        if sender is None:
            return []
        at = parse_time(tries[-1].time) if tries else self._clock.wall()
        request = make_request(sender.config, delivery, timestamp=int(at), attempt=max(1, len(tries)), attempt_id="")
        hidden = {b"authorization": COVER.encode(), b"x-aegis-delivery": None}
        shown = [(name, hidden.get(name, value)) for name, value in request.headers]
        return [f"{name.decode()}: {value.decode()}" for name, value in shown if value is not None]
