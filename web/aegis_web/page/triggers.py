"""`/triggers`: what starts runs, and what came in through webhooks; `/triggers/deliveries/N`: one such delivery."""

from typing import Any

from aegis_web.page.view import Asked, Shown, View

_MOST = 50
OUTCOMES = {"run": "success", "ignored": "skip", "failed": "error"}


async def show_triggers(asked: Asked) -> Shown:
    """See the module."""
    daemon, name = asked.daemon, asked.text("trigger")
    triggers = daemon.triggers.list_triggers()
    received = await daemon.hooks.log.list(name, limit=_MOST)
    has_hooks = any(each["type"] == "webhook" for each in triggers)
    values = {"triggers": triggers, "outcomes": OUTCOMES, "name": name, "has_hooks": has_hooks, **received}
    return Shown(title="Triggers", values=values, terminal=("aegisctl triggers", "aegisctl triggers deliveries"))


async def show_received(asked: Asked) -> Shown:
    """A delivery that came in, with its headers and as much of its body as a page should hold."""
    number = asked.parts["number"]
    delivery, headers, body = await asked.daemon.hooks.log.read(number)
    values: dict[str, Any] = {"delivery": delivery, "headers": headers, "outcomes": OUTCOMES, **cut_body(body)}
    terminal = (f"aegisctl triggers delivery {number}", f"aegisctl triggers replay {number}")
    title = f"Delivery {number} to {delivery['trigger']}"
    return Shown(title=title, values=values, template="received.html", follow="none", terminal=terminal)


def cut_body(body: bytes | None, most: int = 64 * 1024) -> dict[str, Any]:
    """The text of a body for a template: `body` (None: gone) and `left`, the bytes that are not shown."""
    if body is None:
        return {"body": None, "left": 0}
    return {"body": body[:most].decode("utf-8", "replace"), "left": max(0, len(body) - most)}


VIEW = View(name="triggers", rule="/triggers", template="triggers.html", make=show_triggers, nav="triggers")
RECEIVED = View(
    name="received",
    rule="/triggers/deliveries/<int:number>",
    template="received.html",
    make=show_received,
    nav="triggers",
)
