"""Runs: lists, one of them, why it is as it is, its end."""

from typing import Any

from aegis_web.api_logs import get_run_log, get_step_log
from aegis_web.api_workflows import STARTED, WAIT, answer_run, make_trigger
from aegis_web.ask import Ask, Operation
from aegis_web.params import Param
from aegisd.core.model import Result, State
from aegisd.core.record import RunFilter
from aegisd.core.token import Scope
from aegisd.wire.errors import CallError

_MOST = 1000

PAGE = (
    Param(
        name="result", doc="Only runs with these results.", choices=tuple(each.value for each in Result), is_list=True
    ),
    Param(name="state", doc="Only runs in these states.", choices=tuple(each.value for each in State), is_list=True),
    Param(name="trigger", doc="Only runs that such triggers started (manual, webhook, ...).", is_list=True),
    Param(name="by", doc="Only runs that they started."),
    Param(name="since", doc="Only runs created then or later: RFC 3339, or how long ago (`2h`).", kind="moment"),
    Param(name="until", doc="Only runs created then or before.", kind="moment"),
    Param(name="before", doc="Only runs of lower numbers; `next` of the page before.", kind="count", minimum=1),
    Param(name="limit", doc="At most so many.", kind="count", minimum=1, maximum=_MOST, default=20),
)
_STEP = Param(name="step", doc="About this step of the run.")
_LINES = Param(name="lines", doc="Only the last so many lines.", kind="count", maximum=1_000_000)
_ATTEMPT = Param(name="attempt", doc="Of this attempt; 0 stands for the last.", kind="count", maximum=10_000, default=0)
_FOLLOW = Param(name="follow", doc="Whether to go on until the end.", kind="flag", default=False)


async def list_runs(ask: Ask) -> dict[str, Any]:
    """A page, the newest first; `next` is the `before` of the next one."""
    query = ask.query
    limit = query["limit"]
    wanted = RunFilter(
        workflow=query["workflow"],
        results=query["result"],
        states=query["state"],
        triggers=query["trigger"],
        by=query["by"],
        since=query["since"],
        until=query["until"],
        before=query["before"],
        limit=limit + 1,
    )
    runs = await ask.daemon.list_runs(wanted)
    return {"runs": runs[:limit], "next": runs[limit - 1]["id"] if len(runs) > limit else None}


async def get_run(ask: Ask) -> dict[str, Any]:
    """All of it. Raises CallError."""
    return await ask.daemon.get_run(ask.path["run"])


async def get_definition(ask: Ask) -> dict[str, Any]:
    """What it was started with. Raises CallError."""
    return await ask.daemon.artifacts.definition(ask.path["run"])


async def list_steps(ask: Ask) -> dict[str, Any]:
    """Its steps. Raises CallError."""
    detail = await ask.daemon.get_run(ask.path["run"])
    return {"steps": detail["steps"]}


async def get_step(ask: Ask) -> dict[str, Any]:
    """One of its steps. Raises CallError."""
    run, name = ask.path["run"], ask.path["step"]
    detail = await ask.daemon.get_run(run)
    for step in detail["steps"]:
        if step["name"] == name:
            return dict(step)
    message = f'run #{run} has no step "{name}"'
    raise CallError("NoSuchStep", message, hint=f"steps: {', '.join(each['name'] for each in detail['steps'][:20])}")


async def explain_run(ask: Ask) -> dict[str, Any]:
    """Sentences with the events that prove them. Raises CallError."""
    return {"links": await ask.daemon.explain(ask.path["run"], step=ask.query["step"])}


async def cancel_run(ask: Ask) -> dict[str, Any]:
    """Asks for its end. Raises CallError."""
    run = ask.path["run"]
    reason, force = ask.body.get("reason"), ask.body.get("force", False)
    await ask.daemon.cancel(run, by=ask.by, reason=reason, force=force)
    return {"run": run}


async def retry_run(ask: Ask) -> Any:
    """Another run with the same definition and parameters. Raises CallError."""
    number = await ask.daemon.retry(
        ask.path["run"],
        failed=ask.body.get("failed", False),
        trigger=make_trigger(ask),
        reason=ask.body.get("reason"),
    )
    return await answer_run(ask, number)


async def get_trace(ask: Ask) -> dict[str, Any]:
    """Its spans. Raises CallError."""
    return await ask.daemon.desks.telemetry.show_trace(ask.path["run"])


_TEXT = ("text/plain",)

OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/runs",
        name="listRuns",
        summary="Runs, the newest first, a page at a time",
        handler=list_runs,
        answer="(runs: []Run, next: ?int)",
        is_shared=True,
        query=(Param(name="workflow", doc="Only runs of this workflow."), *PAGE),
    ),
    Operation(
        method="GET",
        path="/api/v1/runs/{run}",
        name="getRun",
        summary="One run with all of its steps",
        handler=get_run,
        answer="RunDetail",
    ),
    Operation(
        method="GET",
        path="/api/v1/runs/{run}/definition",
        name="getDefinition",
        summary="What a run was started with, without values that may be secret",
        handler=get_definition,
        answer="Definition",
    ),
    Operation(
        method="GET",
        path="/api/v1/runs/{run}/steps",
        name="listSteps",
        summary="The steps of a run",
        handler=list_steps,
        answer="(steps: []Step)",
    ),
    Operation(
        method="GET",
        path="/api/v1/runs/{run}/steps/{step}",
        name="getStep",
        summary="One step of a run",
        handler=get_step,
        answer="Step",
    ),
    Operation(
        method="GET",
        path="/api/v1/runs/{run}/steps/{step}/log",
        name="getStepLog",
        summary="The output of a step as it was written; takes `Range: bytes=...`",
        handler=get_step_log,
        answer="string",
        also=(206,),
        media=_TEXT,
        query=(_ATTEMPT, _LINES, _FOLLOW),
        errors=(416,),
    ),
    Operation(
        method="GET",
        path="/api/v1/runs/{run}/log",
        name="getRunLog",
        summary="The output of all steps of a run, or of some, one after the other",
        handler=get_run_log,
        answer="string",
        media=_TEXT,
        query=(Param(name="step", doc="Only the output of these steps.", is_list=True), _LINES, _FOLLOW),
    ),
    Operation(
        method="GET",
        path="/api/v1/runs/{run}/why",
        name="explainRun",
        summary="Why a run, or one of its steps, is as it is",
        handler=explain_run,
        answer="(links: []Link)",
        query=(_STEP,),
    ),
    Operation(
        method="GET",
        path="/api/v1/runs/{run}/trace",
        name="getTrace",
        summary="Where the time of a run went: its spans, also as OTLP has them",
        handler=get_trace,
        answer="GetTrace()",
    ),
    Operation(
        method="POST",
        path="/api/v1/runs/{run}/cancel",
        name="cancelRun",
        summary="Ask for the end of a run. Answered once the request is on disk",
        handler=cancel_run,
        answer="(run: int)",
        status=202,
        scope=Scope.RUN,
        body="(reason: ?string, force: ?bool)",
    ),
    Operation(
        method="POST",
        path="/api/v1/runs/{run}/retry",
        name="retryRun",
        summary="Run again with the same definition and parameters; `failed`: only what did not pass",
        handler=retry_run,
        answer=STARTED,
        status=202,
        also=(200,),
        scope=Scope.RUN,
        query=(WAIT,),
        body="(failed: ?bool, reason: ?string)",
    ),
)
