"""`/`: what is broken and since when, what runs, every workflow with its last runs, services, the newest events, the
last runs, and how events flow on this host. With `?wall=1` only what fails and what runs, large."""

from typing import Any

from aegis_web.page.asking import (
    find_failing,
    read_active,
    read_events,
    read_strip,
)
from aegis_web.page.flow import draw_flow
from aegis_web.page.view import Asked, Shown, View
from aegis_web.page.webhooks import BAD
from aegis_web.page.words import FAILED, format_utc, plural, run_kind
from aegisd.core.record import EventFilter, RunFilter

_EVENTS = 8
_RUNS = 10
_ACTIVE = 12
_STRIPS = 100
_MINUTES = 5


async def show_overview(asked: Asked) -> Shown:
    """See the module."""
    daemon = asked.daemon
    workflows = await daemon.list_workflows()
    failing = [found for each in workflows if _may_fail(each) and (found := await find_failing(daemon, each))]
    active = await read_active(daemon, limit=_ACTIVE)
    values: dict[str, Any] = {"failing": failing, "active": active, "active_count": _count(workflows, "executing")}
    title, state = _headline(failing, values["active_count"])
    if asked.text("wall"):
        values["workflows"] = workflows
        return Shown(title=title, state=state, values=values, template="wall.html")
    names = {each["name"] for each in failing}
    workflows.sort(key=lambda each: each["name"] not in names)
    strips = {each["name"]: await read_strip(daemon, each["name"]) for each in workflows[:_STRIPS]}
    values |= {
        "workflows": workflows,
        "strips": strips,
        "approvals": daemon.desks.approvals.list(),
        "queued_count": _count(workflows, "queued"),
        "services": await daemon.desks.services.list(),
        "events": await read_events(daemon, EventFilter(), last=_EVENTS),
        "runs": await daemon.list_runs(RunFilter(limit=_RUNS)),
    }
    webhooks = daemon.webhooks.list_webhooks()
    values["broken"] = [each for each in webhooks if each["state"] in BAD]
    values["flow"] = draw_flow(
        triggers=daemon.triggers.list_triggers(),
        workflows=workflows,
        services=values["services"],
        webhooks=webhooks,
        subscriptions=daemon.events.list_subscriptions(),
        ring=daemon.config.daemon.event_log_size,
        last_seq=int(daemon.cursor.rpartition(".")[2]),
        rate=await _measure_rate(asked),
    )
    return Shown(title=title, state=state, values=values, terminal=("aegisctl status", "aegisctl tail-events"))


async def _measure_rate(asked: Asked) -> float:
    """Events a minute in the last five."""
    since = format_utc(asked.now - 60 * _MINUTES).replace("Z", ".000Z")
    return await asked.daemon.events.count_since(since) / _MINUTES


def _may_fail(workflow: dict[str, Any]) -> bool:
    """A failing workflow may be running again, or its last run may have been cancelled."""
    return run_kind(workflow["last"]) in FAILED | {"executing", "finalizing", "pending", "cancellation", "skip"}


def _count(workflows: list[dict[str, Any]], name: str) -> int:
    return sum(each[name] for each in workflows)


def _headline(failing: list[dict[str, Any]], active: int) -> tuple[str, str]:
    if failing:
        verb = "is failing" if len(failing) == 1 else "are failing"
        return f"{plural(len(failing), 'workflow')} {verb}", "failure"
    return (f"{active} running", "executing") if active else ("Overview", "idle")


VIEW = View(name="overview", rule="/", template="overview.html", make=show_overview, nav="overview")
