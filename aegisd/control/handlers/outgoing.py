"""ListOutgoing, GetOutgoing, FollowOutgoing: what was sent to webhooks, what waits, and what came back."""

from contextlib import aclosing
from typing import Any

from aegisd.control.bounds import read_number
from aegisd.control.call import Call
from aegisd.control.replies import encode_part
from aegisd.core.delivery import DeliveryFilter
from aegisd.moments import parse_moment

_USUAL = 20
_MOST = 10_000


async def list_outgoing(call: Call) -> dict[str, Any]:
    """At most `limit` deliveries."""
    asked = call.parameters
    wanted = DeliveryFilter(
        webhook=asked.get("webhook"),
        states=tuple(asked.get("states", ())),
        failed=asked.get("failed", False),
        run=asked.get("run"),
        since=parse_moment(asked.get("since"), name="since", now=call.now),
        limit=read_number(asked, "limit", least=1, most=_MOST) or _USUAL,
    )
    return {"deliveries": await call.daemon.webhooks.list_deliveries(wanted)}


async def get_outgoing(call: Call) -> dict[str, Any]:
    """One delivery with everything."""
    return await call.daemon.webhooks.get_delivery(call.parameters["id"])


async def follow_outgoing(call: Call) -> dict[str, Any]:
    """Sends deliveries as they are tried, until the client leaves."""
    asked = call.parameters
    stream = call.daemon.webhooks.follow_deliveries(webhook=asked.get("webhook"), failed=asked.get("failed", False))
    async with aclosing(stream):
        async for delivery in stream:
            await call.send(encode_part({"delivery": delivery}))
    return {}
