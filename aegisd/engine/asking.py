"""A step that asks a person: tells the question, waits, tells what became of it, and keeps no slot meanwhile.

The limit counts from the moment the question was told, on through restarts. A question that was open when aegisd ended
is the same afterwards; one that was decided is not asked again.
"""

import math

import trio

from aegisd.core import events
from aegisd.core.approval import Approval, Decision
from aegisd.core.model import Mark
from aegisd.engine.approvals import Approvals, Question
from aegisd.engine.narrator import Narrator, in_seconds
from aegisd.engine.open_step import OpenStep
from aegisd.engine.order import RunOrder
from aegisd.engine.slot import Slot
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Recorder


class Asking:
    """Asks for the steps of one run. `slot` is the run's place, given back while nothing of it executes."""

    def __init__(
        self, *, order: RunOrder, approvals: Approvals, recorder: Recorder, tell: Narrator, clock: Clock, slot: Slot
    ) -> None:
        self._order = order
        self._approvals = approvals
        self._recorder = recorder
        self._tell = tell
        self._clock = clock
        self._slot = slot

    async def ask(self, own: OpenStep, message: str, limit: float | None) -> Decision:
        """What a person decides about the step `own`, or that nobody did within `limit` seconds."""
        approval = own.approval or await self._request(own, message, limit)
        if approval.decision is not None:
            return approval.decision
        question = self._make_question(own, approval)
        self._approvals.open(question)
        try:
            async with self._slot.given_back():
                return await self._wait(question)
        finally:
            self._approvals.close(question)

    async def _request(self, own: OpenStep, message: str, limit: float | None) -> Approval:
        """Tell the question; it is on disk when this returns."""
        boottime = self._clock.boottime()
        asked = events.ApprovalRequested(message=message, timeout_s=limit, boottime_s=boottime)
        emission = self._tell.of_step(own.index, asked, attempt=own.number, cause=own.started)
        seq = await self._recorder.record(emission)
        mark = Mark(time=emission.time, boot_id=self._clock.boot_id, boottime_s=boottime)
        own.approval = Approval(message=message, asked=mark, timeout_s=limit, seq=seq)
        return own.approval

    def _make_question(self, own: OpenStep, approval: Approval) -> Question:
        async def record(data: events.EventData) -> None:
            await self._recorder.record(
                self._tell.of_step(own.index, data, attempt=own.number, cause=approval.seq or own.started)
            )

        return Question(
            run=self._order.run,
            workflow=self._order.workflow.name,
            index=own.index,
            step=self._order.workflow.steps[own.index].name,
            approval=approval,
            record=record,
            waited=lambda: in_seconds(self._clock.since(approval.asked)),
        )

    async def _wait(self, question: Question) -> Decision:
        limit = question.approval.timeout_s
        with trio.move_on_after(math.inf if limit is None else max(0.0, limit - question.waited())):
            await question.decided.wait()
        if question.decision is None:
            await question.decide(events.ApprovalExpired(waited_s=question.waited()))
        await question.decided.wait()
        if question.decision is None:
            message = "a question was decided without a decision"
            raise RuntimeError(message)
        return question.decision
