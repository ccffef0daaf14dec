"""Events of the timeline for clients of HTTP: where they begin, and what they look like in each of the formats.

A cursor is `epoch.seq`. Whoever comes with one of another store, or of events that are no longer kept, is told so
(`reset`) and goes on from there: nothing is left out in silence.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import frozen

from aegis_web.auth import RefusedError
from aegis_web.params import Param
from aegisd.core.event_filter import EventFilter, is_type_pattern
from aegisd.core.model import Result
from aegisd.core.record import Record, StoredRecord
from aegisd.daemon import Daemon
from aegisd.moments import parse_moment
from aegisd.streams import EventStream
from aegisd.wire.errors import CallError

_CURSOR = re.compile(r"[0-9A-Za-z-]{1,64}\.[0-9]{1,18}", re.ASCII)
_encode = msgspec.json.Encoder().encode

FILTERS = (
    Param(name="type", doc="Only events of these types; `step.*` stands for all that begin so.", is_list=True),
    Param(name="workflow", doc="Only events of these workflows.", is_list=True),
    Param(name="run", doc="Only events of this run.", kind="count", minimum=1),
    Param(name="step", doc="Only events of these steps.", is_list=True),
    Param(name="phase", doc="Only events of these phases.", is_list=True),
    Param(
        name="result",
        doc="Only events with these results.",
        choices=tuple(each.value for each in Result),
        is_list=True,
    ),
    Param(name="task", doc="Only events about these tasks of agents.", is_list=True),
    Param(name="role", doc="Only events of agents in these roles.", is_list=True),
)
FOLLOWING = (
    *FILTERS,
    Param(name="since", doc="A cursor, after which to begin, or a time; default: what happens from now on."),
    Param(name="last", doc="Begin with the last so many events.", kind="count", maximum=10_000),
    Param(name="follow", doc="Whether to wait for more; without it the stream ends.", kind="flag", default=True),
)


@frozen(kw_only=True)
class Opened:
    """A stream, and why it does not begin where the client wished (None: it does)."""

    stream: EventStream
    reset: dict[str, Any] | None = None


def make_filter(query: Mapping[str, Any], *, since: str | None = None, until: str | None = None) -> EventFilter:
    """The filter that the values of `FILTERS` are. Raises RefusedError."""
    for text in query["type"]:
        if not is_type_pattern(text):
            detail = f"the parameter type: {text[:80]!r} is no event type"
            raise RefusedError(400, detail, code="AEG315", hint="such as step.completed, or step.*, or *")
    return EventFilter(
        types=frozenset(query["type"]),
        workflows=frozenset(query["workflow"]),
        run=query["run"],
        steps=frozenset(query["step"]),
        phases=frozenset(query["phase"]),
        results=frozenset(query["result"]),
        tasks=frozenset(query["task"]),
        roles=frozenset(query["role"]),
        since=since,
        until=until,
    )


def is_cursor(text: str) -> bool:
    """Whether `text` has the form of a cursor."""
    return _CURSOR.fullmatch(text) is not None


async def open_events(daemon: Daemon, query: Mapping[str, Any], *, last_id: str | None, now: float) -> Opened:
    """Events as the values of `FOLLOWING` ask for; `last_id` is the id a client that comes again has seen last.
    Raises CallError."""
    given = last_id or query["since"]
    after, since = (given, None) if given and is_cursor(given) else (None, given)
    wanted = make_filter(query, since=parse_moment(since, name="since", now=now))
    try:
        return Opened(stream=await daemon.open_tail(wanted, after=after, last=query["last"]))
    except CallError as error:
        if not error.name.endswith(".BadCursor") or after is None:
            raise
        stream = await daemon.open_tail(wanted, after=None, last=0)
        return Opened(stream=stream, reset={"after": after, "reason": error.message})


def show_event(stream: EventStream, item: Record | StoredRecord) -> bytes:
    """The JSON of an event with its cursor, as the control interface has it."""
    return b'{"cursor":"' + stream.cursor(item.seq).encode() + b'",' + item.body[1:]


def encode_line(stream: EventStream, item: Any) -> bytes:
    """`{"event": ...}` or `{"gap": {"from", "to"}}`."""
    if isinstance(item, Record | StoredRecord):
        return b'{"event":' + show_event(stream, item) + b"}"
    return b'{"gap":{"from":%d,"to":%d}}' % (item.first, item.last)


def encode_sse(stream: EventStream, item: Any) -> bytes:
    """An event of `text/event-stream`; a gap is a `reset`."""
    if isinstance(item, Record | StoredRecord):
        data = show_event(stream, item)
        return b"id: " + stream.cursor(item.seq).encode() + b"\ndata: " + data + b"\n\n"
    data = b'{"from":%d,"to":%d}' % (item.first, item.last)
    return b"event: reset\nid: " + stream.cursor(item.last).encode() + b"\ndata: " + data + b"\n\n"


def encode_note(name: str, data: Mapping[str, Any], *, as_sse: bool) -> bytes:
    """Something about the stream itself: `reset` or `bye`."""
    if as_sse:
        return b"event: " + name.encode() + b"\ndata: " + _encode(data) + b"\n\n"
    return _encode({name: data})
