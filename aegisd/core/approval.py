"""A question that a step asks a person, and what became of it. Pure."""

from attrs import evolve, frozen

from aegisd.core import events
from aegisd.core.model import Mark, Result


@frozen(kw_only=True)
class Decision:
    """How a question was answered: `result` success (approved), failure (rejected) or timeout (nobody did), `by` whom,
    why, after how many seconds."""

    result: Result
    by: str | None = None
    reason: str | None = None
    waited_s: float = 0.0


@frozen(kw_only=True)
class Approval:
    """What was asked, when, and what was decided. `timeout_s` counts from `asked`; `seq` is the event that asked."""

    message: str
    asked: Mark
    timeout_s: float | None = None
    seq: int = 0
    decision: Decision | None = None


def decide_from(approval: Approval, data: events.EventData) -> Approval:
    """`approval` after an event that may have decided it; the first decision stands."""
    decision = read_decision(data)
    return approval if decision is None or approval.decision is not None else evolve(approval, decision=decision)


def read_decision(data: events.EventData) -> Decision | None:
    """The decision that an event tells of, if it does."""
    match data:
        case events.ApprovalGranted():
            return Decision(result=Result.SUCCESS, by=data.by, reason=data.reason, waited_s=data.waited_s)
        case events.ApprovalRejected():
            return Decision(result=Result.FAILURE, by=data.by, reason=data.reason, waited_s=data.waited_s)
        case events.ApprovalExpired():
            return Decision(result=Result.TIMEOUT, waited_s=data.waited_s)
    return None
