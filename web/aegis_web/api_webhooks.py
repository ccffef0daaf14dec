"""Webhooks that go out, and what became of their deliveries. A body may say more than everybody who may look should
read: single deliveries are for `admin`."""

from typing import Any

from aegis_web.ask import Ask, Operation
from aegis_web.params import Param
from aegisd.core.delivery import DeliveryFilter
from aegisd.core.token import Scope

_QUERY = (
    Param(name="webhook", doc="Only those to this webhook."),
    Param(name="state", doc="Only those in these states.", choices=("pending", "delivered", "dead"), is_list=True),
    Param(name="failed", doc="Only those that are dead, or have failed and wait.", kind="flag", default=False),
    Param(name="run", doc="Only those about this run.", kind="count", minimum=1),
    Param(name="since", doc="Only those queued then or later: RFC 3339, or how long ago (`2h`).", kind="moment"),
    Param(name="limit", doc="At most so many.", kind="count", minimum=1, maximum=1000, default=20),
)


async def list_webhooks(ask: Ask) -> dict[str, Any]:
    """In the order of the configuration."""
    return {"webhooks": ask.daemon.webhooks.list_webhooks()}


async def list_outgoing(ask: Ask) -> dict[str, Any]:
    """Deliveries, the newest first. Raises CallError."""
    query = ask.query
    wanted = DeliveryFilter(
        webhook=query["webhook"],
        states=query["state"],
        failed=query["failed"],
        run=query["run"],
        since=query["since"],
        limit=query["limit"],
    )
    return {"deliveries": await ask.daemon.webhooks.list_deliveries(wanted)}


async def get_outgoing(ask: Ask) -> dict[str, Any]:
    """One with its attempts, headers and body. Raises CallError."""
    return await ask.daemon.webhooks.get_delivery(ask.path["delivery"])


async def redeliver(ask: Ask) -> dict[str, Any]:
    """Sends one once more. Raises CallError."""
    return {"count": await ask.daemon.webhooks.redeliver([ask.path["delivery"]], by=ask.by)}


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/webhooks",
        name="listWebhooks",
        summary="The webhooks, and how they stand",
        handler=list_webhooks,
        answer="ListWebhooks()",
        tag="webhooks",
    ),
    Operation(
        method="GET",
        path="/api/v1/webhooks/deliveries",
        name="listOutgoing",
        summary="What was sent to webhooks, and what came of it",
        handler=list_outgoing,
        answer="(deliveries: []Outgoing)",
        query=_QUERY,
        tag="webhooks",
    ),
    Operation(
        method="GET",
        path="/api/v1/webhooks/deliveries/{delivery}",
        name="getOutgoing",
        summary="One delivery with its attempts, its headers (secrets masked) and its body",
        handler=get_outgoing,
        answer="GetOutgoing()",
        scope=Scope.ADMIN,
        tag="webhooks",
    ),
    Operation(
        method="POST",
        path="/api/v1/webhooks/deliveries/{delivery}/redeliver",
        name="redeliver",
        summary="Send a delivery once more, with the id that it had",
        handler=redeliver,
        answer="(count: int)",
        status=202,
        scope=Scope.ADMIN,
        body="()",
        tag="webhooks",
    ),
)
