"""ListWebhooks, TestWebhook, EnableWebhook, DisableWebhook: how webhooks stand, a try, on and off."""

from typing import Any

from aegisd.control.call import Call


async def list_webhooks(call: Call) -> dict[str, Any]:
    """All of the configuration."""
    return {"webhooks": call.daemon.webhooks.list_webhooks()}


async def test_webhook(call: Call) -> dict[str, Any]:
    """What was sent and what came back."""
    return await call.daemon.webhooks.test(call.parameters["webhook"])


async def enable_webhook(call: Call) -> dict[str, Any]:
    """Nothing; it is on disk."""
    await call.daemon.webhooks.enable(call.parameters["webhook"], by=call.by)
    return {}


async def disable_webhook(call: Call) -> dict[str, Any]:
    """Nothing; it is on disk."""
    await call.daemon.webhooks.disable(call.parameters["webhook"], by=call.by, reason=call.parameters.get("reason"))
    return {}
