"""The step type `approval`: waits until a person approves or rejects. The run holds no slot meanwhile."""

from typing import Any

from attrs import frozen

from aegisd.core.approval import Decision
from aegisd.core.model import Outcome, Result
from aegisd.core.schema import Kind, key
from aegisd.core.template import UnresolvedError
from aegisd.steps.base import Attempting, StepType
from aegisd.wire.units import format_limit

_MOST_MESSAGE = 2000


@frozen(kw_only=True)
class ApprovalSpec:
    """The keys of an `approval` step. Its `timeout` counts from the question on, through restarts of aegisd."""

    message: str = key(
        Kind.TEXT,
        "What is asked.",
        example='"Deploy {steps.build./body/version} to production?"',
        template=True,
        default="May this run go on?",
    )


async def execute(spec: ApprovalSpec, attempting: Attempting) -> Outcome:
    """Ask and wait. The result has `decision`, `by`, `reason` and `waited_s`."""
    attempting.repeatable = False
    try:
        message = attempting.expand(spec.message)[:_MOST_MESSAGE]
    except UnresolvedError as error:
        return Outcome(result=Result.FAILURE, error=str(error))
    return make_outcome(await attempting.ask(message), attempting.limit)


def make_outcome(decision: Decision, limit: float | None) -> Outcome:
    """What a decision means for the step."""
    data: dict[str, Any] = {"by": decision.by, "reason": decision.reason, "waited_s": decision.waited_s}
    why = f": {decision.reason}" if decision.reason else ""
    match decision.result:
        case Result.SUCCESS:
            return Outcome(result=Result.SUCCESS, data={"decision": "approved", **data})
        case Result.FAILURE:
            error = f"rejected by {decision.by}{why}"
            return Outcome(result=Result.FAILURE, error=error, data={"decision": "rejected", **data})
    error = f"nobody decided within {format_limit(limit or decision.waited_s)}"
    return Outcome(result=Result.TIMEOUT, error=error, data={"decision": "expired", **data})


def _describe(spec: ApprovalSpec) -> str:
    return f"ask: {spec.message}"


APPROVAL = StepType(name="approval", spec=ApprovalSpec, execute=execute, describe=_describe, keeps_time=True)
