"""ListEvents: a page of the events that pass a filter."""

from typing import Any

from aegisd.control.bounds import read_number
from aegisd.control.call import Call
from aegisd.control.event_filters import read_filter
from aegisd.wire.errors import CallError

_USUAL = 100
_MOST = 1000


async def list_events(call: Call) -> dict[str, Any]:
    """At most `limit` events and where the next page begins."""
    asked = call.parameters
    after, before = asked.get("after"), asked.get("before")
    if after is not None and before is not None:
        message = "after and before cannot both be given"
        raise CallError("BadParameter", message, hint="after reads forward, before reads back")
    limit = read_number(asked, "limit", least=1, most=_MOST) or _USUAL
    return await call.daemon.events.list_events(read_filter(call), after=after, before=before, limit=limit)
