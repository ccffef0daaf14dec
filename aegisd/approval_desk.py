"""What can be asked about approvals: which are open, and deciding one. A decision is on disk before it is answered."""

from typing import Any

from aegisd.core import events
from aegisd.engine.approvals import Approvals, Question
from aegisd.wire.errors import CallError

_MOST_REASON = 2000


class ApprovalDesk:
    """The part of the daemon that a person decides by."""

    def __init__(self, approvals: Approvals) -> None:
        self._approvals = approvals

    def list(self) -> list[dict[str, Any]]:
        """The open questions, the oldest run first: `Approval`s."""
        return [_show(question) for question in self._approvals.all()]

    async def decide(
        self, run: int, step: str | None, *, approve: bool, by: str, reason: str | None = None
    ) -> dict[str, Any]:
        """Approve or reject the question of `run`, or of its `step`. Raises CallError; returns the `Approval`."""
        question = self._find(run, step)
        decided: events.EventData
        text = None if not reason else reason[:_MOST_REASON]
        if approve:
            decided = events.ApprovalGranted(by=by, reason=text, waited_s=question.waited())
        else:
            decided = events.ApprovalRejected(by=by, reason=text, waited_s=question.waited())
        if not await question.decide(decided):
            by_whom = question.decision.by if question.decision and question.decision.by else "aegis"
            raise CallError("NotPossible", f"{question.step} of run #{run} was just decided by {by_whom}")
        return _show(question)

    def _find(self, run: int, step: str | None) -> Question:
        found = self._approvals.of_run(run)
        if not found:
            hint = f"aegisctl why {run}   says how it stands"
            raise CallError("NotPossible", f"run #{run} waits for no approval", hint=hint)
        chosen = [question for question in found if step in {None, question.step}]
        names = ", ".join(question.step for question in found)
        if not chosen:
            raise CallError("NotPossible", f"{step} of run #{run} waits for no approval", hint=f"what waits: {names}")
        if len(chosen) > 1:
            message = f"run #{run} waits for {len(chosen)} approvals: say which one"
            raise CallError("BadParameter", message, hint=f"steps: {names}")
        return chosen[0]


def _show(question: Question) -> dict[str, Any]:
    approval = question.approval
    left = None if approval.timeout_s is None else max(0.0, approval.timeout_s - question.waited())
    return {
        "run": question.run,
        "workflow": question.workflow,
        "step": question.step,
        "message": approval.message,
        "asked_at": approval.asked.time,
        "left_s": left,
    }
