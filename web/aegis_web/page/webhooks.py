"""`/webhooks`: where events are sent and how each receiver stands; `/webhooks/NAME`: its deliveries; and
`/webhooks/deliveries/N`: one of them with its attempts, its request and the answers."""

from typing import Any

from aegis_web.page.triggers import cut_body
from aegis_web.page.view import Asked, Shown, View
from aegisd.core.delivery import DeliveryFilter
from aegisd.wire.errors import CallError

_MOST = 50
KINDS = {
    "fine": "success",
    "retrying": "timeout",
    "failing": "failure",
    "disabled": "error",
    "paused": "timeout",
    "off": "skip",
}
STATES = {"delivered": "success", "pending": "pending", "dead": "failure"}
BAD = {"failing", "disabled"}


async def show_webhooks(asked: Asked) -> Shown:
    """See the module."""
    webhooks = asked.daemon.webhooks.list_webhooks()
    bad = [each["name"] for each in webhooks if each["state"] in BAD]
    rows = await asked.daemon.webhooks.list_deliveries(DeliveryFilter(limit=_MOST))
    values = {"webhooks": webhooks, "kinds": KINDS, "states": STATES, "deliveries": rows}
    title = f"{', '.join(bad)} failing" if bad else "Webhooks"
    terminal = ("aegisctl webhooks", "aegisctl deliveries", "aegisctl deliveries --failed")
    return Shown(title=title, state="failure" if bad else "idle", values=values, terminal=terminal)


async def show_webhook(asked: Asked) -> Shown:
    """One webhook; one that is no longer configured may still have deliveries."""
    name = asked.parts["name"]
    desk = asked.daemon.webhooks
    webhook = next((each for each in asked.daemon.webhooks.list_webhooks() if each["name"] == name), None)
    rows = await desk.list_deliveries(DeliveryFilter(webhook=name, limit=4 * _MOST))
    if webhook is None and not rows:
        raise CallError("NoSuchWebhook", f'there is no webhook "{name}"', hint="aegisctl webhooks lists them")
    values: dict[str, Any] = {
        "webhook": webhook,
        "name": name,
        "kinds": KINDS,
        "states": STATES,
        "deliveries": rows[:_MOST],
        "sum": sum_deliveries(rows),
    }
    bad = webhook is not None and webhook["state"] in BAD
    terminal = (f"aegisctl deliveries --webhook {name}", f"aegisctl webhooks test {name}")
    return Shown(
        title=f"Webhook {name}",
        state="failure" if bad else "idle",
        values=values,
        terminal=terminal,
        template="webhook.html",
    )


async def show_delivery(asked: Asked) -> Shown:
    """One delivery. The body is what the receiver got, byte for byte, as text."""
    number = asked.parts["number"]
    found = await asked.daemon.webhooks.get_delivery(number)
    values = {**found, **cut_body(found["body"].encode()), "states": STATES, "headers": found["headers"]}
    terminal = (f"aegisctl deliveries show d-{number}", f"aegisctl redeliver d-{number}")
    return Shown(title=f"Delivery d-{number}", values=values, template="delivery.html", terminal=terminal)


def sum_deliveries(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What came of some deliveries: `delivered`, `failed` and `waiting` counts, and the median seconds of the last
    attempts that got through (None: none did)."""
    took = sorted(row["last"]["duration_s"] for row in rows if row["state"] == "delivered" and row["last"])
    return {
        "total": len(rows),
        "delivered": sum(row["state"] == "delivered" for row in rows),
        "waiting": sum(row["state"] == "pending" for row in rows),
        "failed": sum(row["state"] == "dead" for row in rows),
        "median_s": took[len(took) // 2] if took else None,
    }


VIEW = View(name="webhooks", rule="/webhooks", template="webhooks.html", make=show_webhooks, nav="webhooks")
WEBHOOK = View(name="webhook", rule="/webhooks/<name>", template="webhook.html", make=show_webhook, nav="webhooks")
DELIVERY = View(
    name="delivery",
    rule="/webhooks/deliveries/<int:number>",
    template="delivery.html",
    make=show_delivery,
    nav="webhooks",
)
