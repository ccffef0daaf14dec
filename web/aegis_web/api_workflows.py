"""Workflows and what starts them."""

from typing import Any

from quart import Response, request

from aegis_web.answers import dress
from aegis_web.ask import Ask, Operation
from aegis_web.links import run_url
from aegis_web.params import Param
from aegis_web.waiting import wait_for_end
from aegisd.core.model import Trigger
from aegisd.core.token import Scope
from aegisd.core.trace import parse_traceparent
from aegisd.parameters import read_part
from aegisd.selector import no_such_workflow

WAIT = Param(
    name="wait",
    doc="Seconds to wait for the end of the run. It goes on if it takes longer, or if the client leaves.",
    kind="seconds",
    maximum=3600,
)
_PARAM = Param(name="param", doc="A parameter of the workflow, as `name=value`.", is_list=True)
_PART = (
    Param(name="only", doc="Only this step.", is_list=True),
    Param(name="from", doc="This step and all that follow it.", is_list=True),
    Param(name="skip", doc="Not this step.", is_list=True),
)


async def list_workflows(ask: Ask) -> dict[str, Any]:
    """In the order of the configuration."""
    return {"workflows": await ask.daemon.list_workflows()}


async def get_workflow(ask: Ask) -> dict[str, Any]:
    """One of them. Raises CallError."""
    workflows = await ask.daemon.list_workflows()
    found = next((each for each in workflows if each["name"] == ask.path["workflow"]), None)
    if found is None:
        raise no_such_workflow(ask.path["workflow"], list(ask.daemon.config.workflows))
    return found


async def plan_workflow(ask: Ask) -> dict[str, Any]:
    """What a run would do. Raises CallError."""
    pairs = [text.partition("=") for text in ask.query["param"]]
    if not all(mark for _, mark, _ in pairs):
        raise _PARAM.refuse("write name=value")
    params = {name: value for name, _, value in pairs}
    return ask.daemon.plan(ask.path["workflow"], params=params, part=read_part(ask.query))


async def run_workflow(ask: Ask) -> Response:
    """Accepts a run, and waits for its end if that is asked for. Raises CallError."""
    number = await start_run(ask)
    return await answer_run(ask, number)


async def start_run(ask: Ask) -> int:
    """The number of a new run, once it is on disk; it continues the trace of the request. Raises CallError."""
    return await ask.daemon.submit(
        ask.path["workflow"],
        params=ask.body.get("params", {}),
        trigger=make_trigger(ask),
        reason=ask.body.get("reason"),
        part=read_part(ask.body),
    )


def make_trigger(ask: Ask) -> Trigger:
    """Who asks for a run, and the trace that it is to be a part of: that of the request."""
    context = parse_traceparent(request.headers.get("traceparent"))
    return Trigger(kind="manual", by=ask.by, traceparent=None if context is None else context.format())


async def answer_run(ask: Ask, number: int) -> Response:
    """202 with the number of a run; 200 with all of it when its end was waited for and came."""
    wait = ask.query["wait"]
    is_over = wait is not None and await wait_for_end(ask.daemon, number, most_s=wait)
    detail = await ask.daemon.get_run(number) if is_over else None
    told = {"run": number, "url": run_url(number, ask.daemon), "detail": detail}
    response = await dress(told, status=200 if is_over else 202)
    response.headers["Location"] = f"/api/v1/runs/{number}"
    return response


async def list_triggers(ask: Ask) -> dict[str, Any]:
    """In the order of the configuration."""
    return {"triggers": ask.daemon.triggers.list_triggers()}


STARTED = "(run: int, url: string, detail: ?RunDetail)"

OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/workflows",
        name="listWorkflows",
        summary="The workflows, with their last runs",
        handler=list_workflows,
        answer="(workflows: []Workflow)",
        is_shared=True,
        tag="workflows",
    ),
    Operation(
        method="GET",
        path="/api/v1/workflows/{workflow}",
        name="getWorkflow",
        summary="One workflow",
        handler=get_workflow,
        answer="Workflow",
        tag="workflows",
    ),
    Operation(
        method="GET",
        path="/api/v1/workflows/{workflow}/plan",
        name="planWorkflow",
        summary="What a run would do: order, groups and settings of the steps",
        handler=plan_workflow,
        answer="PlanWorkflow()",
        query=(_PARAM, *_PART),
        tag="workflows",
    ),
    Operation(
        method="POST",
        path="/api/v1/workflows/{workflow}/run",
        name="runWorkflow",
        summary="Start a run. Answered once it is on disk; with `wait`, once it has ended",
        handler=run_workflow,
        answer=STARTED,
        status=202,
        also=(200,),
        scope=Scope.RUN,
        query=(WAIT,),
        body="(params: ?[string]string, reason: ?string, only: ?[]string, from: ?[]string, skip: ?[]string)",
        tag="workflows",
    ),
    Operation(
        method="GET",
        path="/api/v1/triggers",
        name="listTriggers",
        summary="What starts runs by itself",
        handler=list_triggers,
        answer="ListTriggers()",
        tag="workflows",
    ),
)
