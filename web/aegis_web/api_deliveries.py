"""Webhook deliveries that came in. A body may say more than everybody who may look should read: `admin` only."""

import base64
from typing import Any

from quart import Response

from aegis_web.answers import dress
from aegis_web.ask import Ask, Operation
from aegis_web.links import run_url
from aegis_web.params import Param
from aegisd.core.token import Scope

_QUERY = (
    Param(name="trigger", doc="Only those of this trigger."),
    Param(name="limit", doc="At most so many.", kind="count", minimum=1, maximum=1000, default=20),
)


async def list_deliveries(ask: Ask) -> dict[str, Any]:
    """The newest first, and what was refused since aegisd began."""
    return await ask.daemon.hooks.log.list(ask.query["trigger"], limit=ask.query["limit"])


async def get_delivery(ask: Ask) -> dict[str, Any]:
    """One with its headers and its body. Raises CallError."""
    delivery, headers, body = await ask.daemon.hooks.log.read(ask.path["delivery"])
    shown = None if body is None else base64.b64encode(body).decode()
    return {"delivery": delivery, "headers": headers, "body": shown}


async def replay_delivery(ask: Ask) -> Response:
    """Another run from one that is kept. Raises CallError."""
    number = await ask.daemon.hooks.replay(ask.path["delivery"], by=ask.by)
    response = await dress({"run": number, "url": run_url(number, ask.daemon)}, status=202)
    response.headers["Location"] = f"/api/v1/runs/{number}"
    return response


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/triggers/deliveries",
        name="listHookDeliveries",
        summary="Webhooks that came in, and what became of them",
        handler=list_deliveries,
        answer="(deliveries: []HookDelivery, refusals: []HookRefusal)",
        scope=Scope.ADMIN,
        query=_QUERY,
        tag="deliveries",
    ),
    Operation(
        method="GET",
        path="/api/v1/triggers/deliveries/{delivery}",
        name="getHookDelivery",
        summary="One webhook that came in, with its headers (secrets masked) and its body (base64)",
        handler=get_delivery,
        answer="(delivery: HookDelivery, headers: [string]string, body: ?string)",
        scope=Scope.ADMIN,
        tag="deliveries",
    ),
    Operation(
        method="POST",
        path="/api/v1/triggers/deliveries/{delivery}/replay",
        name="replayHookDelivery",
        summary="Start a run from a webhook that came in",
        handler=replay_delivery,
        answer="(run: int, url: string)",
        status=202,
        scope=Scope.ADMIN,
        body="()",
        tag="deliveries",
    ),
)
