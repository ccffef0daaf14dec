"""Spans of runs on their way to a collector (OTLP/HTTP, JSON): a sink of the timeline that is handed the ends of runs.

So it has what every subscription has: its own cursor and task, deliveries that are tried again, books that outlast
aegisd, and no way to hold anybody up. What a collector refuses for good is counted and let go.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import msgspec
import trio
from attrs import define

from aegisd.core.codec import decode_event
from aegisd.core.otlp import Resource, encode_spans
from aegisd.core.trace_spans import Span, make_spans
from aegisd.sinks.base import Item, SinkError, Terms
from aegisd.sinks.fate import parse_retry_after
from aegisd.steps.calling import Answer, Request, ServiceFault
from aegisd.wire.units import format_limit

_log = logging.getLogger("aegisd.telemetry")

TERMS = Terms(batch=1, max_concurrent=1, max_retries=None, retry_backoff=1.0, timeout=300.0)
"""One run at a time, in order: what was sent is not sent again because another run could not be."""
_TOGETHER = 500
_MOST_ANSWER = 16 * 1024
_TRY_S = 15.0
_AGAIN = frozenset({408, 429, 502, 503, 504})  # as OTLP says, and who was too slow

Send = Callable[[Request], Awaitable[Answer]]
"""Sends a request to the collector; raises ServiceFault."""


class Histories(Protocol):
    """The part of the store that is asked."""

    async def read_histories(self, runs: Sequence[int]) -> dict[int, list[bytes]]:
        """All events of each of `runs`, in order."""


@define
class Books:
    """What became of what was sent since aegisd started: `runs` and `spans` that the collector has, `rejected` spans
    that it did not want, and why it failed the last time (None: it did not)."""

    runs: int = 0
    spans: int = 0
    rejected: int = 0
    error: str | None = None


class Otlp:
    """See the module. `send` may be changed at any time; `link` gives the URL of a run, None where nobody knows it;
    `wall` is the time since 1970."""

    def __init__(
        self,
        *,
        store: Histories,
        epoch: str,
        resource: Resource,
        send: Send,
        link: Callable[[int], str | None],
        wall: Callable[[], float],
    ) -> None:
        self._store = store
        self._epoch = epoch
        self._resource = resource
        self._link = link
        self._wall = wall
        self.send = send
        self.books = Books()

    async def deliver(self, items: Sequence[Item]) -> None:
        """Send the spans of the runs that have ended. Raises SinkError."""
        runs = [item.event.run for item in items if item.event.run is not None]
        histories = await self._store.read_histories(runs)
        for run in runs:
            try:
                spans = await trio.to_thread.run_sync(self._make, run, histories.get(run, []))
            except Exception:  # noqa: BLE001 - the boundary: one run that cannot be told of must not hold up all others
                _log.exception("no spans could be made of run %d, this is a bug", run)
                self.books.rejected += 1
                continue
            await self._deliver_run(spans)

    async def _deliver_run(self, spans: Sequence[Span]) -> None:
        """Counted at the end, since a run that fails in the middle is sent again as a whole."""
        refused = 0
        for start in range(0, len(spans), _TOGETHER):
            part = spans[start : start + _TOGETHER]
            body = await trio.to_thread.run_sync(_encode, part, self._resource)
            refused += await self._send(body, len(part))
        self.books.rejected += refused
        self.books.spans += len(spans) - refused
        self.books.runs += len(spans) > refused

    async def settle(self) -> None:
        """What the collector has is the collector's."""

    def hasten(self) -> None:
        """Every attempt has an end anyhow."""

    async def close(self) -> None:
        """The connection belongs to who made it."""

    def _make(self, run: int, history: Sequence[bytes]) -> Sequence[Span]:
        """Its spans; none where retention was faster, and of a trace that nobody keeps."""
        if not history:
            return ()
        made = make_spans([decode_event(body) for body in history], epoch=self._epoch, url=self._link(run))
        return made.spans if made.is_sampled else ()

    async def _send(self, body: bytes, count: int) -> int:
        """How many of `count` spans the collector refused."""
        refused = await post(self.send, "/v1/traces", body, books=self.books, wall=self._wall)
        return 0 if refused is None else min(count, refused or count)


async def post(send: Send, path: str, body: bytes, *, books: Books, wall: Callable[[], float]) -> int | None:
    """Send `body`; None when the collector took all of it, else how many records it refused (0: all). Raises SinkError
    when it is worth another attempt, with the time that the collector asks for (`Retry-After`)."""
    request = Request(
        method="POST", path=path, headers={"Content-Type": "application/json"}, body=body, limit=_MOST_ANSWER
    )
    try:
        with trio.fail_after(_TRY_S):
            answer = await send(request)
    except (ServiceFault, trio.TooSlowError) as error:
        books.error = getattr(error, "message", None) or f"no answer within {_TRY_S:g} s"
        raise SinkError(books.error) from None
    if answer.status in _AGAIN:
        books.error = f"{path} answered {answer.status}"
        asked = parse_retry_after(answer.retry_after, now=wall()) if answer.retry_after else None
        if asked is not None:
            books.error += f" and asks to be left alone for {format_limit(round(asked))}"
        raise SinkError(books.error, retry_after_s=asked or 0.0)
    if not 200 <= answer.status < 300:
        books.error = f"{path} answered {answer.status}"
        _log.error("the collector refuses what it is sent: %s answered %d", path, answer.status)
        return 0
    books.error = None
    rejected = _read_rejected(answer.body)
    if rejected:
        _log.warning("the collector refused %d records of those sent to %s", rejected, path)
    return rejected or None


def _read_rejected(body: bytes) -> int:
    """How many spans or points a `partialSuccess` says were not taken."""
    try:
        answer: Any = msgspec.json.decode(body) if body else {}
        partial = answer.get("partialSuccess") or {} if isinstance(answer, dict) else {}
        values = (partial.get("rejectedSpans", 0), partial.get("rejectedDataPoints", 0))
        return max(0, *(int(value) for value in values))
    except (ValueError, TypeError, AttributeError):
        return 0


def _encode(spans: Sequence[Span], resource: Resource) -> bytes:
    return msgspec.json.encode(encode_spans(spans, resource))
