"""ListSubscriptions: where events go, and how that goes."""

from typing import Any

from aegisd.control.call import Call


async def list_subscriptions(call: Call) -> dict[str, Any]:
    """All, or one with its last deliveries."""
    return {"subscriptions": call.daemon.events.list_subscriptions(call.parameters.get("name"))}
