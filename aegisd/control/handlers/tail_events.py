"""TailEvents: events after a cursor or the last ones, then those that come."""

import math
from typing import Any

import trio

from aegisd.control.bounds import read_number
from aegisd.control.call import Call
from aegisd.control.event_filters import read_filter
from aegisd.control.replies import encode_events, encode_mark

_MARK_S = 1.0


async def tail_events(call: Call) -> dict[str, Any]:
    """Sends events at the client's pace; the last reply is empty. A client that falls behind is never waited for."""
    asked = call.parameters
    follow, marks = asked.get("follow", False), asked.get("marks", False)
    last = read_number(asked, "last", least=0)
    stream = await call.daemon.open_tail(read_filter(call), after=asked.get("after"), last=last)
    marked_at, told = -math.inf, asked.get("after")
    while True:
        page = await stream.read()
        for data in encode_events(stream, page):
            await call.send(data)
        told = stream.cursor() if page else told
        if page:
            continue
        if marks and told != stream.cursor() and trio.current_time() >= marked_at + _MARK_S:
            marked_at, told = trio.current_time(), stream.cursor()
            await call.send(encode_mark(told))
        if not (follow and await stream.wait()):
            return {}
