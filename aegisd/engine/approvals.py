"""The desk of open questions: which steps wait for a person, and the one place where a person decides.

A decision is on disk before the run hears of it; the first one counts.
"""

from collections.abc import Awaitable, Callable

import trio
from attrs import define, field

from aegisd.core import events
from aegisd.core.approval import Approval, Decision, read_decision


@define(eq=False, kw_only=True)
class Question:
    """A question that is open: step number `index` of `run` asks it. `record` writes an event of this step to disk,
    `waited` says for how many seconds it is open."""

    run: int
    workflow: str
    index: int
    step: str
    approval: Approval
    record: Callable[[events.EventData], Awaitable[None]]
    waited: Callable[[], float]
    decision: Decision | None = None
    decided: trio.Event = field(factory=trio.Event)

    async def decide(self, data: events.EventData) -> bool:
        """Decide by the event `data`, once it is on disk. False when it was decided before."""
        if self.decision is not None:
            await self.decided.wait()
            return False
        self.decision = read_decision(data)
        with trio.CancelScope(shield=True):
            await self.record(data)
        self.decided.set()
        return True


class Approvals:
    """All open questions, by run and step."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], Question] = {}

    def open(self, question: Question) -> None:
        """Take `question` onto the desk."""
        self._open[question.run, question.index] = question

    def close(self, question: Question) -> None:
        """Nobody waits for `question` any more."""
        self._open.pop((question.run, question.index), None)

    def of_run(self, run: int) -> list[Question]:
        """The open questions of one run, in the order of its steps."""
        return [question for question in self.all() if question.run == run]

    def all(self) -> list[Question]:
        """All open questions, the oldest run first."""
        return [self._open[key] for key in sorted(self._open)]
