"""Events: pages of them, what models used in them, where they go, and the stream."""

from typing import Any

from aegis_web.ask import Ask, Operation
from aegis_web.auth import RefusedError
from aegis_web.event_source import FILTERS, FOLLOWING, make_filter
from aegis_web.event_stream import NDJSON, SSE, stream_events
from aegis_web.params import Param
from aegisd.core.usage import GROUPS

_MOST = 1000

_TIMES = (
    Param(name="since", doc="Only events of then or later: RFC 3339, or how long ago (`2h`).", kind="moment"),
    Param(name="until", doc="Only events of then or before.", kind="moment"),
)
_PAGE = (
    *FILTERS,
    *_TIMES,
    Param(name="after", doc="Only events after this cursor, the oldest first."),
    Param(name="before", doc="Only events before this cursor, the newest first."),
    Param(name="limit", doc="At most so many.", kind="count", minimum=1, maximum=_MOST, default=100),
)
_BY = Param(name="by", doc="What to split by; default: model.", choices=GROUPS, is_list=True)


async def list_events(ask: Ask) -> dict[str, Any]:
    """A page, the newest first; after a cursor, the oldest first. Raises CallError and RefusedError."""
    query = ask.query
    if query["after"] is not None and query["before"] is not None:
        raise RefusedError(400, "the parameters after and before cannot both be given", code="AEG315")
    wanted = make_filter(query, since=query["since"], until=query["until"])
    return await ask.daemon.events.list_events(
        wanted, after=query["after"], before=query["before"], limit=query["limit"]
    )


async def get_usage(ask: Ask) -> dict[str, Any]:
    """What models have used. Raises CallError and RefusedError."""
    query = ask.query
    wanted = make_filter(query, since=query["since"], until=query["until"])
    return await ask.daemon.events.usage(wanted, by=query["by"] or ("model",))


async def list_subscriptions(ask: Ask) -> dict[str, Any]:
    """Where events go."""
    return {"subscriptions": ask.daemon.events.list_subscriptions()}


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/events",
        name="listEvents",
        summary="Events, the newest first, or those after a cursor in order; `next` goes on in the same direction",
        handler=list_events,
        answer="ListEvents()",
        query=_PAGE,
        tag="events",
    ),
    Operation(
        method="GET",
        path="/api/v1/usage",
        name="getUsage",
        summary="What the models that agents asked have used, in all and split",
        handler=get_usage,
        answer="GetUsage()",
        query=(*FILTERS, *_TIMES, _BY),
        tag="events",
    ),
    Operation(
        method="GET",
        path="/api/v1/subscriptions",
        name="listSubscriptions",
        summary="Where events go on this host, and how that goes",
        handler=list_subscriptions,
        answer="ListSubscriptions()",
        tag="events",
    ),
    Operation(
        method="GET",
        path="/api/v1/stream",
        name="streamEvents",
        summary="Events as they happen; goes on after `Last-Event-ID` or `since`",
        handler=stream_events,
        answer="string",
        media=(SSE, NDJSON),
        query=FOLLOWING,
        tag="events",
        errors=(503,),
    ),
)
