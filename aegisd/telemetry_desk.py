"""What machines are told of aegis: what is counted, how workflows stand, the spans of a run, and what is exported.

Everything is read off the timeline, at its own pace; nothing that runs waits for any of it. Spans travel as a
subscription of aegisd's own (`sinks/otlp.py`), metrics as a sum of everything once in a while, so that a lost one costs
nothing.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import trio
from attrs import evolve

from aegisd import __version__
from aegisd.config.service_values import ServiceConfig
from aegisd.config.telemetry_keys import TelemetryConfig
from aegisd.config.values import Config
from aegisd.core.codec import decode_event
from aegisd.core.event_filter import EventFilter
from aegisd.core.events import DaemonStarted, Event, WorkflowCompleted
from aegisd.core.masking import mask_url
from aegisd.core.meters import Meters
from aegisd.core.otlp import Load, Resource, encode_metrics, encode_spans
from aegisd.core.record import StoreError
from aegisd.core.trace_spans import Spans, make_spans
from aegisd.engine.supervisor import Supervisor
from aegisd.services.entry import LazyClient, Workshop
from aegisd.sinks.base import SinkError
from aegisd.sinks.otlp import TERMS, Otlp, post
from aegisd.sinks.subscriptions import Subscriptions
from aegisd.standing import Standing
from aegisd.store import Store
from aegisd.timeline.identity import Clock
from aegisd.timeline.ring import Ring
from aegisd.timeline.tail import Gap, Tail
from aegisd.wire.errors import CallError

_log = logging.getLogger("aegisd.telemetry")

NAME = "[telemetry]"
"""The name of the subscription; that of a configured one has no brackets."""

_RESULTS = ("cicd.pipeline.result", "cicd.pipeline.task.run.result")
_ENDS = EventFilter(types=frozenset({WorkflowCompleted.type}))


class TelemetryDesk:
    """See the module. `current` gives the configuration in force."""

    def __init__(
        self,
        *,
        store: Store,
        ring: Ring,
        clock: Clock,
        supervisor: Supervisor,
        subscriptions: Subscriptions,
        current: Callable[[], Config],
    ) -> None:
        self._store = store
        self._ring = ring
        self._clock = clock
        self._supervisor = supervisor
        self._subscriptions = subscriptions
        self._current = current
        self._workshop = Workshop()
        self._client: LazyClient | None = None
        self._config = TelemetryConfig()
        self._changed = trio.Event()
        self._sink: Otlp | None = None
        self.meters = Meters(since=clock.now())
        self.standing = Standing(store)

    @property
    def epoch(self) -> str:
        """The name of the store, in which runs and events are numbered."""
        return self._store.bounds.epoch

    async def run(self) -> None:
        """Count, and send metrics, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._push)
            await self._watch()

    async def configure(self, config: Config) -> None:
        """Where spans and metrics go from now on. The place in the timeline outlasts a change of where. Raises
        CallError."""
        if config.telemetry == self._config:
            return
        try:
            await self._change(config, config.telemetry)
        except StoreError as error:
            raise CallError("StoreFailed", f"cannot change where spans go: {error}") from error
        self._config = config.telemetry
        self._changed.set()
        self._changed = trio.Event()

    async def _change(self, config: Config, telemetry: TelemetryConfig) -> None:
        retired, self._client = self._client, None
        if telemetry.otlp is not None:
            self._client = LazyClient(lambda: self._workshop.make_client("telemetry", _as_service(telemetry)))
        if retired is not None:
            await retired.retire()
        if self._client is None:
            self._sink = None
            await self._subscriptions.remove(NAME)
        elif self._sink is not None:
            self._sink.send = self._client.send
        else:
            resource, send = self._name_resource(config), self._client.send
            sink = Otlp(
                store=self._store,
                epoch=self.epoch,
                resource=resource,
                send=send,
                link=self._link,
                wall=self._clock.wall,
            )
            await self._subscriptions.add(NAME, _ENDS, sink, TERMS)
            self._sink = sink

    def measure_load(self) -> Load:
        """What executes and waits now, with a zero for each workflow that does not."""
        counts = self._supervisor.count_active()
        names = {*self._current().workflows, *counts}
        busy = len(self._supervisor.holding)
        return Load(
            executing={name: counts.get(name, (0, 0))[0] for name in sorted(names)},
            waiting={name: counts.get(name, (0, 0))[1] for name in sorted(names)},
            busy=busy,
            idle=max(0, self._supervisor.slots - busy),
        )

    async def show_trace(self, run: int) -> dict[str, Any]:
        """The spans of `run`, made of its events again. Raises CallError."""
        history = (await self._store.read_histories([run]))[run]
        if not history:
            raise CallError("NoSuchRun", f"there is no run #{run}", hint="aegisctl history lists the runs")
        epoch = await self._find_epoch(decode_event(history[0]).seq)
        resource = evolve(self._name_resource(self._current()), epoch=epoch)
        return await trio.to_thread.run_sync(_make_trace, history, resource, self._link(run))

    def show(self) -> dict[str, Any] | None:
        """The part of the status: where spans go, what became of them, and why they do not get there. None where none
        are sent. `lost` counts spans that the collector refused and runs that were dropped before their turn."""
        sink = self._sink
        if sink is None or self._config.otlp is None:
            return None
        own = next((each for each in self._subscriptions.show() if each["name"] == NAME), None)
        dropped = own["lost"] + own["missed"] if own is not None else 0
        return {
            "otlp": mask_url(self._config.otlp),
            "runs": sink.books.runs,
            "spans": sink.books.spans,
            "lost": sink.books.rejected + dropped,
            "error": sink.books.error,
        }

    async def _watch(self) -> None:
        tail = Tail(ring=self._ring, store=self._store, wanted=EventFilter(), cursor=self._ring.last_seq)
        while await tail.wait():
            try:
                for record in await tail.read():
                    if not isinstance(record, Gap):
                        self._take(record.event)
            except StoreError:
                self._skip(tail)  # the recorder has said what is wrong with the store
            except Exception:  # noqa: BLE001 - the boundary: a number is not worth a daemon
                _log.exception("an event could not be counted, this is a bug")
                self._skip(tail)

    def _skip(self, tail: Tail) -> None:
        """Go on with what is new; what was remembered may have changed meanwhile."""
        tail.cursor = self._ring.last_seq
        self.standing.forget_all()

    def _take(self, event: Event) -> None:
        self.meters.take(event)
        if event.workflow is not None and isinstance(event.data, WorkflowCompleted):
            self.standing.forget(event.workflow)

    async def _push(self) -> None:
        """Send metrics now and then, while there is somebody to send them to; after longer where that is asked for."""
        pause = 0.0
        while True:
            changed = self._changed
            with trio.move_on_after(max(self._config.interval, pause)):
                await changed.wait()
            pause = 0.0
            if changed.is_set() or self._client is None or self._sink is None:
                continue
            try:
                body, books = self._encode_metrics(), self._sink.books
                await post(self._client.send, "/v1/metrics", body, books=books, wall=self._clock.wall)
            except SinkError as error:
                pause = error.retry_after_s
                _log.warning("metrics were not taken: %s", error)
            except Exception:  # noqa: BLE001 - the boundary
                _log.exception("metrics could not be sent, this is a bug")

    def _encode_metrics(self) -> bytes:
        now_ns, resource = round(self._clock.wall() * 1e9), self._name_resource(self._current())
        return msgspec.json.encode(encode_metrics(self.meters, self.measure_load(), resource, now_ns=now_ns))

    async def _find_epoch(self, seq: int) -> str:
        """The store's name when event `seq` was written: a restored backup has another one since."""
        rows = await self._store.read_last_events(
            1, wanted=EventFilter(types=frozenset({DaemonStarted.type})), before=seq
        )
        started = decode_event(rows[0][1]).data if rows else None
        return started.epoch if isinstance(started, DaemonStarted) else self.epoch

    def _name_resource(self, config: Config) -> Resource:
        return Resource(name=config.daemon.name, version=__version__, epoch=self.epoch)

    def _link(self, run: int) -> str | None:
        url = self._current().web.url
        return None if url is None else f"{url.rstrip('/')}/runs/{run}"


def _make_trace(history: Sequence[bytes], resource: Resource, url: str | None) -> dict[str, Any]:
    traced = make_spans([decode_event(body) for body in history], epoch=resource.epoch, url=url)
    return {
        "trace": traced.spans[0].trace,
        "over": traced.is_over,
        "spans": _show_spans(traced),
        "otlp": encode_spans(traced.spans, resource),
    }


def _show_spans(traced: Spans) -> list[Mapping[str, Any]]:
    """The spans as `Span`s of the interface: times in seconds since the first one."""
    begun = traced.spans[0].start_ns
    return [
        {
            "id": span.id,
            "parent": span.parent,
            "name": span.name,
            "start_s": round((span.start_ns - begun) / 1e9, 3),
            "duration_s": round((span.end_ns - span.start_ns) / 1e9, 3),
            "result": next((span.attributes[key] for key in _RESULTS if key in span.attributes), None),
            "message": span.message,
        }
        for span in traced.spans
    ]


def _as_service(config: TelemetryConfig) -> ServiceConfig:
    return ServiceConfig(url=config.otlp or "", headers=config.headers, ca_file=config.ca_file)
