"""ListDeliveries, GetDelivery, ReplayDelivery: what came in through webhooks. A body may say more than everybody
who can connect should read, so that only operators see it."""

import base64
from typing import Any

from aegisd.control.bounds import read_number
from aegisd.control.call import Call

_USUAL = 20
_MOST = 1000


async def list_deliveries(call: Call) -> dict[str, Any]:
    """At most `limit` deliveries, and as many refusals."""
    limit = read_number(call.parameters, "limit", least=1, most=_MOST) or _USUAL
    return await call.daemon.hooks.log.list(call.parameters.get("trigger"), limit=limit)


async def get_delivery(call: Call) -> dict[str, Any]:
    """One delivery as it came."""
    delivery, headers, body = await call.daemon.hooks.log.read(call.parameters["delivery"])
    shown = None if body is None else base64.b64encode(body).decode()
    return {"delivery": delivery, "headers": headers, "body": shown}


async def replay_delivery(call: Call) -> dict[str, Any]:
    """The number of the new run."""
    return {"run": await call.daemon.hooks.replay(call.parameters["delivery"], by=call.by)}
