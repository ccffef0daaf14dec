"""Services that steps call, and steps that wait for a person."""

from typing import Any

from aegis_web.ask import Ask, Operation
from aegisd.core.token import Scope

_DECISION = "(step: ?string, reason: ?string)"


async def list_executors(ask: Ask) -> dict[str, Any]:
    """The executors."""
    return {"executors": await ask.daemon.desks.executors.list()}


async def list_services(ask: Ask) -> dict[str, Any]:
    """As they were when aegisd looked last: who may read must not make it send requests."""
    return {"services": await ask.daemon.desks.services.list()}


async def list_approvals(ask: Ask) -> dict[str, Any]:
    """What waits for a person."""
    return {"approvals": ask.daemon.desks.approvals.list()}


async def approve(ask: Ask) -> dict[str, Any]:
    """Yes. Raises CallError."""
    return await _decide(ask, is_approved=True)


async def reject(ask: Ask) -> dict[str, Any]:
    """No. Raises CallError."""
    return await _decide(ask, is_approved=False)


async def get_data(ask: Ask) -> dict[str, Any]:
    """What a step left. Raises CallError."""
    return {"data": await ask.daemon.desks.results.read(ask.path["run"], ask.path["step"])}


async def _decide(ask: Ask, *, is_approved: bool) -> dict[str, Any]:
    decided = await ask.daemon.desks.approvals.decide(
        ask.path["run"], ask.body.get("step"), approve=is_approved, by=ask.by, reason=ask.body.get("reason")
    )
    return {"approval": decided}


def _decision(verb: str, summary: str, handler: Any) -> Operation:
    return Operation(
        method="POST",
        path=f"/api/v1/runs/{{run}}/{verb}",
        name=f"{verb}Run",
        summary=summary,
        handler=handler,
        answer="DecideApproval()",
        scope=Scope.RUN,
        body=_DECISION,
        tag="services",
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/services",
        name="listServices",
        summary="The services that steps call, as they were when aegisd looked last",
        handler=list_services,
        answer="ListServices()",
        tag="services",
    ),
    Operation(
        method="GET",
        path="/api/v1/executors",
        name="listExecutors",
        summary="The places where steps run, as they are now",
        handler=list_executors,
        answer="ListExecutors()",
        tag="services",
    ),
    Operation(
        method="GET",
        path="/api/v1/approvals",
        name="listApprovals",
        summary="The steps that wait for a person",
        handler=list_approvals,
        answer="ListApprovals()",
        tag="services",
    ),
    _decision("approve", "Approve the step of a run that waits for a person", approve),
    _decision("reject", "Reject the step of a run that waits for a person", reject),
    Operation(
        method="GET",
        path="/api/v1/runs/{run}/steps/{step}/data",
        name="getStepData",
        summary="The data that a step left: an answer of a service, counts of tests, a report",
        handler=get_data,
        answer="GetResult()",
        tag="services",
    ),
)
