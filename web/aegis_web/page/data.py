"""The same as a view, for programs that ask its URL for `application/json`: what the API says of it.

A browser asks for `text/html` and gets a page, and so does who takes anything. A view that is not here is a page for
everybody.
"""

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

from quart import request

from aegis_web.page.compare import read_facts
from aegis_web.page.events import read_one, read_wanted
from aegis_web.page.run import read_count
from aegis_web.page.runs import FILTERS, read_filter
from aegis_web.page.step import find_step
from aegis_web.page.view import Asked
from aegis_web.page.words import compare_runs, is_equal
from aegisd.core.delivery import DeliveryFilter
from aegisd.wire.errors import CallError

_MOST = 50
_TYPES = ("text/html", "application/json")

Make = Callable[[Asked], Awaitable[dict[str, Any]]]


def is_for_programs() -> bool:
    """Whether this request would rather have JSON than a page."""
    return request.accept_mimetypes.best_match(_TYPES, default=_TYPES[0]) == "application/json"


async def _show_status(asked: Asked) -> dict[str, Any]:
    return await asked.daemon.status()


async def _list_runs(asked: Asked) -> dict[str, Any]:
    before = asked.number("before", otherwise=0, most=2**53) or None if asked.text("before") else None
    given = {name: asked.text(name) for name in FILTERS}
    runs = await asked.daemon.list_runs(read_filter(given, before=before, limit=_MOST + 1, now=asked.now))
    return {"runs": runs[:_MOST], "next": runs[_MOST - 1]["id"] if len(runs) > _MOST else None}


async def _get_run(asked: Asked) -> dict[str, Any]:
    number, at, event = asked.parts["run"], read_count(asked, "at"), read_count(asked, "event")
    if at is None and event is None:
        return await asked.daemon.get_run(number)
    then = await asked.daemon.desks.replays.read(number, at=at, event=event)
    return {"seq": then.seen[-1].seq, "run": then.run, "steps": then.steps, "links": then.links}


async def _compare(asked: Asked) -> dict[str, Any]:
    given = [asked.text("a"), asked.text("b")]
    if given[0] is None or given[1] is None:
        raise CallError("BadParameter", "two runs are compared", hint="/compare?a=841&b=842")
    left, right = [await read_facts(asked, each) for each in given if each]
    differences = compare_runs(left, right)
    rows = [{"what": each.what, "name": each.name, "left": each.left, "right": each.right} for each in differences]
    return {
        "left": left.run["id"],
        "right": right.run["id"],
        "equal": is_equal(differences),
        "differences": rows,
    }


async def _get_step(asked: Asked) -> dict[str, Any]:
    number, detail = asked.parts["run"], await asked.daemon.get_run(asked.parts["run"])
    step = find_step(detail, asked.parts["step"])
    return {"run": detail["run"], "step": step, "links": await asked.daemon.explain(number, step=step["name"])}


async def _list_events(asked: Asked) -> dict[str, Any]:
    if asked.text("seq"):
        return {"event": json.loads((await read_one(asked))["body"])}
    wanted, limit = read_wanted(asked)
    return await asked.daemon.events.list_events(wanted, after=None, before=None, limit=limit)


async def _get_workflow(asked: Asked) -> dict[str, Any]:
    name = asked.parts["name"]
    needed = next((each.params for each in asked.daemon.config.workflows.values() if each.name == name), ())
    plan = asked.daemon.plan(name, params={each.name: "" for each in needed if each.default is None})
    view = next(each for each in await asked.daemon.list_workflows() if each["name"] == name)
    return {"workflow": view, "plan": plan}


async def _list_webhooks(asked: Asked) -> dict[str, Any]:
    return {"webhooks": asked.daemon.webhooks.list_webhooks()}


async def _list_deliveries(asked: Asked) -> dict[str, Any]:
    wanted = DeliveryFilter(webhook=asked.parts["name"], limit=_MOST)
    return {"deliveries": await asked.daemon.webhooks.list_deliveries(wanted)}


async def _get_delivery(asked: Asked) -> dict[str, Any]:
    return await asked.daemon.webhooks.get_delivery(asked.parts["number"])


async def _list_services(asked: Asked) -> dict[str, Any]:
    return {"services": await asked.daemon.desks.services.list()}


async def _list_executors(asked: Asked) -> dict[str, Any]:
    return {"executors": await asked.daemon.desks.executors.list()}


async def _list_triggers(asked: Asked) -> dict[str, Any]:
    received = await asked.daemon.hooks.log.list(asked.text("trigger"), limit=_MOST)
    return {"triggers": asked.daemon.triggers.list_triggers(), **received}


async def _get_received(asked: Asked) -> dict[str, Any]:
    delivery, headers, body = await asked.daemon.hooks.log.read(asked.parts["number"])
    shown = None if body is None else base64.b64encode(body).decode()
    return {"delivery": delivery, "headers": headers, "body": shown}


DATA: dict[str, Make] = {
    "overview": _show_status,
    "runs": _list_runs,
    "run": _get_run,
    "run_graph": _get_run,
    "compare": _compare,
    "step": _get_step,
    "events": _list_events,
    "workflow": _get_workflow,
    "webhooks": _list_webhooks,
    "webhook": _list_deliveries,
    "delivery": _get_delivery,
    "services": _list_services,
    "executors": _list_executors,
    "triggers": _list_triggers,
    "received": _get_received,
    "about": _show_status,
}
