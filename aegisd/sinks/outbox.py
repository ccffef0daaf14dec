"""Which events go to which webhooks, and as which bytes. Called by the recorder for every batch: it must cost little.

The deliveries that it makes are written together with the events that cause them. An event that no webhook wants costs
one look into a dictionary, one that some want is encoded once for each format.
"""

import logging
from collections.abc import Callable, Mapping, Sequence

from attrs import define, frozen

from aegisd.config.webhook_values import On, WebhookConfig
from aegisd.core.delivery import NewDelivery
from aegisd.core.events import EVENT_TYPES, Event, WorkflowCompleted
from aegisd.core.model import Mark, Result
from aegisd.core.record import Record
from aegisd.core.state import RunState
from aegisd.sinks.formats import FORMATS, Format
from aegisd.sinks.message import Message
from aegisd.timeline.identity import Clock

_log = logging.getLogger("aegisd.webhooks")

Encoded = tuple[bytes, Mapping[str, str]] | None


@frozen(kw_only=True)
class Route:
    """A webhook that wants a type of event."""

    name: str
    format: Format
    on: On
    link: str | None


@define(eq=False)
class _Making:
    """One event while its deliveries are made: what was encoded already, by format and link."""

    record: Record
    params: Mapping[str, str]
    host: str
    encoded: dict[tuple[int, str | None], Encoded]

    def encode(self, route: Route) -> Encoded:
        known = (id(route.format), route.link)
        if known not in self.encoded:
            self.encoded[known] = self._encode(route)
        return self.encoded[known]

    def _encode(self, route: Route) -> Encoded:
        event = self.record.event
        run = event.run
        url = route.link.replace("{run}", str(run)) if route.link and run is not None else None
        fills = route.format.fills(self.params)
        message = Message(event=event, encoded=self.record.body, host=self.host, url=url, params=self.params)
        body = route.format.encode(message)
        return None if body is None or fills is None else (body, fills)


class Outbox:
    """Makes deliveries. `bells` are told, by webhook, how many deliveries of how many bytes are on disk for it."""

    def __init__(self, *, clock: Clock, host: str) -> None:
        self._clock = clock
        self._host = host
        self._routes: dict[str, tuple[Route, ...]] = {}
        self._of_all: tuple[Route, ...] = ()
        self._results: dict[str, Result] = {}
        self._written = 0.0
        self.bells: dict[str, Callable[[int, int], None]] = {}

    def configure(self, webhooks: Sequence[WebhookConfig], *, results: Mapping[str, Result]) -> None:
        """Send to `webhooks` from now on. `results` are how each workflow ended last."""
        routes = {webhook.name: _make_route(webhook) for webhook in webhooks}
        wanted = {webhook.name: frozenset(webhook.events) for webhook in webhooks}
        names = {*EVENT_TYPES, *(name for events in wanted.values() for name in events)} if routes else set()
        self._results = dict(results)
        self._of_all = tuple(route for name, route in routes.items() if "*" in wanted[name])
        found = {name: tuple(route for hook, route in routes.items() if wanted[hook] & {name, "*"}) for name in names}
        self._routes = {name: found[name] for name in names if found[name]}

    def idle_s(self) -> float:
        """For how many seconds no event was written."""
        return self._clock.monotonic() - self._written

    def collect(self, records: Sequence[Record], folds: Mapping[int, RunState]) -> tuple[NewDelivery, ...]:
        """The deliveries that `records` cause. `folds` has the runs that they are of."""
        self._written = self._clock.monotonic()
        if not self._routes:
            return ()
        found: list[NewDelivery] = []
        queued = self._clock.mark()
        for record in records:
            event = record.event
            routes = self._routes.get(event.type, self._of_all)
            if routes:
                fold = folds.get(event.run) if event.run is not None else None
                found += self._make(record, routes, fold.params if fold is not None else {}, queued)
            if isinstance(event.data, WorkflowCompleted) and event.workflow and event.data.result is not Result.SKIP:
                self._results[event.workflow] = event.data.result
        return tuple(found)

    def announce(self, deliveries: Sequence[NewDelivery]) -> None:
        """Wake the senders of `deliveries`."""
        counts: dict[str, tuple[int, int]] = {}
        for delivery in deliveries:
            count, size = counts.get(delivery.webhook, (0, 0))
            counts[delivery.webhook] = (count + 1, size + len(delivery.body))
        for name, (count, size) in counts.items():
            if name in self.bells:
                self.bells[name](count, size)

    def repeat(
        self, record: Record, webhook: WebhookConfig, params: Mapping[str, str], queued: Mark
    ) -> list[NewDelivery]:
        """The delivery of an old event to `webhook`, if it wants it."""
        if not {record.event.type, "*"} & set(webhook.events):
            return []
        return self._make(record, (_make_route(webhook),), params, queued, is_new=False)

    def _make(
        self,
        record: Record,
        routes: tuple[Route, ...],
        params: Mapping[str, str],
        queued: Mark,
        *,
        is_new: bool = True,
    ) -> list[NewDelivery]:
        """A defect of a format must not keep events from the disk: it is logged, and the delivery is not made."""
        event = record.event
        making = _Making(record, params, self._host, {})
        found = []
        for route in routes:
            if getattr(event.data, "webhook", None) == route.name or (is_new and self._is_no_change(event, route)):
                continue
            try:
                encoded = making.encode(route)
            except Exception:  # noqa: BLE001 - the boundary: see above
                _log.exception("cannot make event %d ready for webhook %s", event.seq, route.name)
                continue
            if encoded is not None:
                found.append(_make_delivery(event, route, encoded, queued))
        return found

    def _is_no_change(self, event: Event, route: Route) -> bool:
        if route.on is On.ALWAYS or not isinstance(event.data, WorkflowCompleted):
            return False
        return event.data.result in (self._results.get(event.workflow or ""), Result.SKIP)


def _make_route(webhook: WebhookConfig) -> Route:
    return Route(name=webhook.name, format=FORMATS[webhook.format], on=webhook.on, link=webhook.link)


def _make_delivery(event: Event, route: Route, encoded: tuple[bytes, Mapping[str, str]], queued: Mark) -> NewDelivery:
    return NewDelivery(
        webhook=route.name,
        seq=event.seq,
        message=f"msg_{event.id.replace('-', '')}",
        type=event.type,
        run=event.run,
        body=encoded[0],
        fills=encoded[1],
        queued=queued,
    )
