"""ListRuns: runs that pass a filter, the newest first."""

from typing import Any

from aegisd.control.bounds import read_number
from aegisd.control.call import Call
from aegisd.core.record import RunFilter
from aegisd.moments import parse_moment

_USUAL = 20
_MOST = 10_000


async def list_runs(call: Call) -> dict[str, Any]:
    """At most `limit` runs."""
    asked = call.parameters
    wanted = RunFilter(
        workflow=asked.get("workflow"),
        results=tuple(asked.get("results", ())),
        states=tuple(asked.get("states", ())),
        triggers=tuple(asked.get("triggers", ())),
        by=asked.get("by"),
        since=parse_moment(asked.get("since"), name="since", now=call.now),
        until=parse_moment(asked.get("until"), name="until", now=call.now),
        limit=read_number(asked, "limit", least=1, most=_MOST) or _USUAL,
    )
    return {"runs": await call.daemon.list_runs(wanted)}
