"""CountEvents: how many events pass a filter."""

from typing import Any

from aegisd.control.call import Call
from aegisd.control.event_filters import read_filter


async def count_events(call: Call) -> dict[str, Any]:
    """A number."""
    return {"count": await call.daemon.events.count_events(read_filter(call))}
