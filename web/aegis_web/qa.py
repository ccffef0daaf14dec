"""The paths of aegis_qa, for programs that were written for it: its shapes, its defaults, and a key in `X-API-Key`.

Unlike there, a key is always needed to start a run, and every list is bounded.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from quart import Response

from aegis_web.answers import dress
from aegis_web.api_workflows import WAIT, start_run
from aegis_web.ask import TOKEN_OR_KEY, Ask, Operation
from aegis_web.auth import RefusedError
from aegis_web.params import Param
from aegis_web.qa_shapes import (
    show_entry,
    show_event,
    show_health,
    show_outcome,
    show_service,
    show_tool,
    show_workflow,
)
from aegis_web.waiting import wait_for_end
from aegisd import __version__
from aegisd.core.event_filter import EventFilter
from aegisd.core.record import RunFilter
from aegisd.core.token import Scope
from aegisd.selector import nearest, no_such_workflow

_MOST = 1000


async def get_health(ask: Ask) -> dict[str, Any]:
    """That aegisd answers, and what it has."""
    status = await ask.daemon.status()
    started = datetime.fromisoformat(status["started_at"])
    return {
        "status": "ok",
        "version": __version__,
        "uptime_seconds": round((datetime.now(UTC) - started).total_seconds(), 3),
        "services_configured": len(status["services"]),
        "workflows_configured": len(ask.daemon.config.workflows),
    }


async def list_workflows(ask: Ask) -> list[dict[str, Any]]:
    """All of them."""
    return [show_workflow(each) for each in ask.daemon.config.workflows.values()]


async def get_workflow(ask: Ask) -> dict[str, Any]:
    """One. Raises CallError."""
    workflow = ask.daemon.config.workflows.get(ask.path["workflow"])
    if workflow is None:
        raise no_such_workflow(ask.path["workflow"], list(ask.daemon.config.workflows))
    return show_workflow(workflow)


async def run_workflow(ask: Ask) -> Response:
    """Starts a run and waits for it. Raises CallError."""
    number = await start_run(ask)
    wait = ask.query["wait"]
    if await wait_for_end(ask.daemon, number, most_s=WAIT.maximum if wait is None else wait):
        detail = await ask.daemon.get_run(number)
        response = await dress(show_outcome(detail["run"], detail["steps"]))
    else:
        response = await dress({"workflow_name": ask.path["workflow"], "success": False, "steps": []}, status=202)
    response.headers["Location"] = f"/api/v1/runs/{number}"
    return response


async def list_history(ask: Ask) -> list[dict[str, Any]]:
    """Runs that have ended, the newest first. Raises CallError."""
    workflow = ask.path.get("workflow")
    if workflow is not None and workflow not in ask.daemon.config.workflows:
        raise no_such_workflow(ask.path["workflow"], list(ask.daemon.config.workflows))
    wanted = RunFilter(workflow=workflow, states=("finished",), limit=ask.query["limit"])
    return [show_entry(run, steps) for run, steps in await ask.daemon.histories.read(wanted)]


async def list_events(ask: Ask) -> list[dict[str, Any]]:
    """Events, the newest first. Raises CallError."""
    types = () if ask.query["event_type"] is None else (ask.query["event_type"],)
    wanted = EventFilter(types=frozenset(types), workflows=frozenset(ask.query["workflow"]))
    page = await ask.daemon.events.list_events(wanted, after=None, before=None, limit=ask.query["limit"])
    return [show_event(msgspec.json.decode(each)) for each in page["events"]]


async def list_services(ask: Ask) -> list[dict[str, Any]]:
    """As they were when aegisd looked last."""
    return [show_service(each) for each in await ask.daemon.desks.services.list()]


async def get_service_health(ask: Ask) -> dict[str, Any]:
    """One of them. Raises CallError."""
    name, services = ask.path["service"], await ask.daemon.desks.services.list()
    for each in services:
        if each["name"] == name:
            return show_health(each)
    raise RefusedError(
        404,
        f'there is no service "{name[:80]}"',
        code="AEG315",
        hint=nearest(name, [each["name"] for each in services]),
    )


async def get_portfolio(ask: Ask) -> dict[str, Any]:
    """What there is, for a landing page."""
    return {
        "name": ask.daemon.config.daemon.name,
        "tagline": "Runs workflows on this host",
        "version": __version__,
        "tools": [show_tool(each) for each in await ask.daemon.desks.services.list()],
        "workflows": list(ask.daemon.config.workflows),
    }


_STEP = (
    "(type: string, service: string, condition: ?string, parallel: bool, retries: int, retry_delay: ?float, "
    "timeout: ?float)"
)
_WORKFLOW = f"(key: string, name: string, steps: []{_STEP})"
_RESULT = "step_type: string, service: string, success: bool, skipped: bool, error: ?string, duration_ms: ?float"
_ATTEMPT = "(attempt: int, success: bool, duration_ms: ?float, error: ?string)"
_OUTCOME = f"(workflow_name: string, success: bool, steps: []({_RESULT}, data: object, attempts: []{_ATTEMPT}))"
_ENTRY = (
    "(workflow_name: string, started_at: string, completed_at: ?string, success: bool, duration_ms: ?float, "
    f"step_count: int, steps: []({_RESULT}, attempts: int))"
)
_EVENT = "(event_type: string, timestamp: string, workflow_name: string, data: object)"
_SERVICE = (
    "(key: string, name: string, description: string, url: string, features: []string, status: string, "
    "latency_ms: ?float)"
)
_TOOL = "(key: string, name: string, description: string, features: []string, repo_url: string, docs_url: string)"


def _limit(usual: int) -> Param:
    return Param(name="limit", doc="At most so many.", kind="count", minimum=1, maximum=_MOST, default=usual)


def _get(path: str, name: str, summary: str, handler: Any, answer: str, *query: Param) -> Operation:
    return Operation(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        handler=handler,
        answer=answer,
        query=query,
        credentials=TOKEN_OR_KEY,
        tag="aegis_qa",
        is_shared=True,
    )


OPERATIONS = (
    _get(
        "/health",
        "qaHealth",
        "That aegisd answers",
        get_health,
        "(status: string, version: string, uptime_seconds: float, services_configured: int, workflows_configured: int)",
    ),
    _get("/api/workflows", "qaListWorkflows", "The workflows", list_workflows, f"[]{_WORKFLOW}"),
    _get("/api/workflows/{workflow}", "qaGetWorkflow", "One workflow", get_workflow, _WORKFLOW),
    Operation(
        method="POST",
        path="/api/workflows/{workflow}/run",
        name="qaRunWorkflow",
        summary="Start a run and wait for its end; 202 when `wait` is over before that",
        handler=run_workflow,
        answer=_OUTCOME,
        also=(202,),
        scope=Scope.RUN,
        credentials=TOKEN_OR_KEY,
        query=(WAIT,),
        body="(params: ?[string]string, reason: ?string)",
        tag="aegis_qa",
    ),
    _get(
        "/api/workflows/{workflow}/history",
        "qaWorkflowHistory",
        "The runs of a workflow that have ended, the newest first",
        list_history,
        f"[]{_ENTRY}",
        _limit(50),
    ),
    _get(
        "/api/history", "qaHistory", "Runs that have ended, the newest first", list_history, f"[]{_ENTRY}", _limit(10)
    ),
    _get(
        "/api/events",
        "qaEvents",
        "Events, the newest first",
        list_events,
        f"[]{_EVENT}",
        _limit(20),
        Param(name="event_type", doc="Only events of this type."),
        Param(name="workflow", doc="Only events of these workflows.", is_list=True),
    ),
    _get(
        "/api/services",
        "qaListServices",
        "The services, as they were when aegisd looked last",
        list_services,
        f"[]{_SERVICE}",
    ),
    _get(
        "/api/services/{service}/health",
        "qaServiceHealth",
        "The health of a service, as it was when aegisd looked last",
        get_service_health,
        "(service: string, healthy: bool, status_code: ?int, latency_ms: ?float, error: ?string)",
    ),
    _get(
        "/api/portfolio",
        "qaPortfolio",
        "What there is",
        get_portfolio,
        f"(name: string, tagline: string, version: string, tools: []{_TOOL}, workflows: []string)",
    ),
)
