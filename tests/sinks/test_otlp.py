"""The sink that sends spans: what it sends, what is tried again, what is counted as lost."""

import json
from collections.abc import Sequence

import pytest
import trio

from aegisd.core.codec import encode_event
from aegisd.core.event_filter import EventFilter
from aegisd.core.events import Event, WorkflowCompleted, WorkflowQueued
from aegisd.core.model import Result, Trigger
from aegisd.core.otlp import Resource
from aegisd.core.record import StoredRecord
from aegisd.sinks.base import SinkError, Terms
from aegisd.sinks.otlp import Otlp, post
from aegisd.steps.calling import Answer, Request, ServiceFault
from tests.sinks.kit import Listener, open_world

TIME = "2026-11-21T08:00:00.000Z"
NOW = 1_795_248_000.0


class Collector:
    """Answers with the statuses in `statuses`, in turn, then with 200 and `body`; keeps what it was sent."""

    def __init__(self, *statuses: int | ServiceFault, body: bytes = b"{}", retry_after: str = "") -> None:
        self.statuses = list(statuses)
        self.retry_after = retry_after
        self.body = body
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Answer:
        """An answer, or a fault."""
        self.requests.append(request)
        status = self.statuses.pop(0) if self.statuses else 200
        if isinstance(status, ServiceFault):
            raise status
        return Answer(status=status, body=self.body, retry_after=self.retry_after)


class Histories:
    """Runs of one or more events; `traceparent` is that of all."""

    def __init__(self, runs: Sequence[int], traceparent: str | None = None) -> None:
        self.runs = runs
        self.trigger = Trigger(traceparent=traceparent)

    async def read_histories(self, runs: Sequence[int]) -> dict[int, list[bytes]]:
        """As the store."""
        return {run: self._history(run) if run in self.runs else [] for run in runs}

    def _history(self, run: int) -> list[bytes]:
        queued = WorkflowQueued(trigger=self.trigger, definition="d", step_count=1)
        return [encode_event(_event(run, queued)), encode_event(_end(run))]


def _event(run: int, data: WorkflowQueued | WorkflowCompleted) -> Event:
    return Event(seq=run, id="", type=data.type, time=TIME, data=data, run=run, workflow="ci")


def _end(run: int) -> Event:
    return _event(run, WorkflowCompleted(result=Result.SUCCESS, success=True, duration_s=1.0, steps={}))


def _item(run: int) -> StoredRecord:
    return StoredRecord(seq=run, body=encode_event(_end(run)))


def _sink(collector: Collector, histories: Histories) -> Otlp:
    resource = Resource(name="h", version="1", epoch="e")
    return Otlp(
        store=histories, epoch="e", resource=resource, send=collector.send, link=lambda _: None, wall=lambda: NOW
    )


async def test_ends_become_spans() -> None:
    """A request for each run, as JSON; a run that retention has dropped is passed over."""
    collector = Collector()
    sink = _sink(collector, Histories([1, 3]))
    await sink.deliver([_item(1), _item(2), _item(3)])
    assert [(each.method, each.path) for each in collector.requests] == [("POST", "/v1/traces")] * 2
    assert collector.requests[0].headers == {"Content-Type": "application/json"}
    bodies = [json.loads(each.body or b"") for each in collector.requests]
    names = [body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"][1]["value"] for body in bodies]
    assert names == [{"stringValue": "1"}, {"stringValue": "3"}]
    assert (sink.books.runs, sink.books.spans, sink.books.rejected, sink.books.error) == (2, 2, 0, None)


async def test_a_trace_that_nobody_keeps() -> None:
    """Whoever began the trace decides whether it is kept."""
    collector = Collector()
    await _sink(collector, Histories([1], f"00-{'ab' * 16}-{'cd' * 8}-00")).deliver([_item(1)])
    assert collector.requests == []


@pytest.mark.parametrize("trouble", [408, 429, 502, 503, 504, ServiceFault("refused", "it refused")])
async def test_what_is_tried_again(trouble: int | ServiceFault) -> None:
    """A collector that is away or overloaded: the delivery fails, and nothing counts as lost."""
    collector = Collector(trouble)
    sink = _sink(collector, Histories([1]))
    with pytest.raises(SinkError):
        await sink.deliver([_item(1)])
    assert (sink.books.runs, sink.books.rejected) == (0, 0)
    assert sink.books.error
    await sink.deliver([_item(1)])
    assert (sink.books.runs, sink.books.error) == (1, None)


@pytest.mark.parametrize(
    ("said", "seconds", "words"),
    [
        ("120", 120.0, "answered 429 and asks to be left alone for 2m"),
        ("Sat, 21 Nov 2026 08:01:30 GMT", 90.0, "answered 429 and asks to be left alone for 1m30s"),
        ("999999999", 86_400.0, "answered 429 and asks to be left alone for 1d"),
        ("soon", 0.0, "answered 429"),
        ("", 0.0, "answered 429"),
    ],
)
async def test_a_collector_that_asks_to_be_left_alone(said: str, seconds: float, words: str) -> None:
    """`Retry-After` of a 429 is told to whoever waits, as webhooks understand it; nonsense is passed over."""
    sink = _sink(Collector(429, retry_after=said), Histories([1]))
    with pytest.raises(SinkError) as caught:
        await sink.deliver([_item(1)])
    assert caught.value.retry_after_s == seconds
    assert sink.books.error == f"/v1/traces {words}"


async def test_who_asks_to_be_left_alone_is(autojump_clock: trio.testing.MockClock) -> None:
    """The subscription waits as long as the collector asks for when that is longer than its own wait, and once only."""
    asked = [100.0]

    async def refuse(_: Event) -> None:
        if asked:
            message = "too much"
            raise SinkError(message, retry_after_s=asked.pop())

    async with open_world() as world:
        left = Listener(refuse)
        await world.subscriptions.add("left", EventFilter(), left, Terms(max_retries=None, retry_backoff=1.0))
        begun = trio.current_time()
        await world.say(1)
        await world.wait(lambda: left.seen == [1])
        assert 100.0 <= trio.current_time() - begun < 101.0


async def test_what_is_refused_for_good() -> None:
    """400 and redirects are no use to repeat: counted as lost, and the next run is sent."""
    for status in (301, 400, 401, 404, 413, 500):
        sink = _sink(Collector(status), Histories([1, 2]))
        await sink.deliver([_item(1)])
        assert (sink.books.rejected, sink.books.error) == (1, f"/v1/traces answered {status}")
        await sink.deliver([_item(2)])
        assert (sink.books.spans, sink.books.error) == (1, None)


@pytest.mark.parametrize(
    ("body", "rejected"),
    [
        (b"", 0),
        (b"{}", 0),
        (b'{"partialSuccess": {}}', 0),
        (b'{"partialSuccess": {"rejectedSpans": "1", "errorMessage": "too old"}}', 1),
        (b'{"partialSuccess": {"rejectedSpans": 77}}', 1),
        (b'{"partialSuccess": {"rejectedSpans": []}}', 0),
        (b'{"partialSuccess": 7}', 0),
        (b"[]", 0),
        (b"<html>", 0),
    ],
)
async def test_partial_success(body: bytes, rejected: int) -> None:
    """What a collector says that it did not take is counted, never more than was sent; nonsense is passed over."""
    sink = _sink(Collector(body=body), Histories([1]))
    await sink.deliver([_item(1)])
    assert (sink.books.rejected, sink.books.spans) == (rejected, 1 - rejected)


async def test_a_run_that_cannot_be_told_of() -> None:
    """What is not the history of a run is counted, and the others are sent."""
    histories = Histories([1, 2])
    broken = await histories.read_histories([1, 2])

    class Broken(Histories):
        async def read_histories(self, runs: Sequence[int]) -> dict[int, list[bytes]]:
            return {run: broken[run][1:] if run == 1 else broken[run] for run in runs}

    sink = _sink(Collector(), Broken([1, 2]))
    await sink.deliver([_item(1), _item(2)])
    assert (sink.books.runs, sink.books.spans, sink.books.rejected) == (1, 1, 1)


async def test_no_answer(autojump_clock: trio.testing.MockClock) -> None:
    """A collector that does not answer holds a delivery up for a bounded time."""
    sink = _sink(Collector(), Histories([1]))

    async def hang(_: Request) -> Answer:
        await trio.sleep_forever()

    begun = trio.current_time()
    with pytest.raises(SinkError, match="no answer within 15 s"):
        await post(hang, "/v1/metrics", b"{}", books=sink.books, wall=lambda: NOW)
    assert trio.current_time() - begun == 15
