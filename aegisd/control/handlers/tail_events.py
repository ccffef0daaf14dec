"""TailEvents: events after a cursor or the last ones, then those that come."""

from typing import Any

from aegisd.control.bounds import read_number
from aegisd.control.call import Call
from aegisd.control.moments import parse_moment
from aegisd.control.replies import encode_events
from aegisd.core.record import EventFilter


async def tail_events(call: Call) -> dict[str, Any]:
    """Sends events at the client's pace; the last reply is empty. A client that falls behind is never waited for."""
    asked = call.parameters
    follow = asked.get("follow", False)
    last = read_number(asked, "last", least=0)
    stream = await call.daemon.open_tail(_read_filter(call), after=asked.get("after"), last=last)
    while True:
        page = await stream.read()
        for data in encode_events(stream, page):
            await call.send(data)
        if not page and not (follow and await stream.wait()):
            return {}


def _read_filter(call: Call) -> EventFilter:
    asked = call.parameters
    return EventFilter(
        types=frozenset(asked.get("types", ())),
        workflows=frozenset(asked.get("workflows", ())),
        run=asked.get("run"),
        results=frozenset(asked.get("results", ())),
        since=parse_moment(asked.get("since"), name="since", now=call.now),
        until=parse_moment(asked.get("until"), name="until", now=call.now),
    )
