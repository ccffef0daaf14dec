"""A step between its start and its end: what the runner holds of it."""

import trio
from attrs import define, field

from aegisd.core.approval import Approval
from aegisd.core.job_state import JobState
from aegisd.core.model import Attempt, Result
from aegisd.engine.taking_over import TakenOver
from aegisd.timeline.recorder import Emission


@define(eq=False, kw_only=True)
class OpenStep:
    """Step number `index`, which `started` (or the event of that number) began at the monotonic second `begun`.

    `attempts` are those that have ended; `free` of them were cut short by the end of aegisd and use up no retries.
    `was_cut`: the last of them was just now. `taken` is the next one, when it goes on instead of beginning. `approval`
    is what the step has asked of a person, `job` the one of an earlier aegisd that the next attempt goes on with, which
    began at the monotonic second `job_begun`.
    """

    index: int
    started: Emission | int
    begun: float
    attempts: list[Attempt] = field(factory=list)
    free: int = 0
    was_cut: bool = False
    taken: TakenOver | None = None
    approval: Approval | None = None
    job: JobState | None = None
    job_begun: float = 0.0

    def take(self) -> TakenOver | None:
        """`taken`, once."""
        taken, self.taken = self.taken, None
        return taken

    async def wait_told(self) -> None:
        """Until its start is on disk, where somebody has to rely on that."""
        if self.taken is not None:
            return  # whoever ends the run has to end its program
        if isinstance(self.started, Emission) and self.started.durable is not None:
            await self.started.durable.wait()
        else:
            await trio.lowlevel.checkpoint_if_cancelled()

    @property
    def number(self) -> int:
        """The attempt that is next, or under way."""
        return len(self.attempts) + 1

    @property
    def last(self) -> int:
        """The last attempt that has ended, as events of the step's end tell it."""
        return len(self.attempts) or 1

    @property
    def spent(self) -> int:
        """The attempts that count against the step's retries."""
        return len(self.attempts) - self.free

    @property
    def answered(self) -> int:
        """The attempts that ended as a failure of the user's: they got an answer, and the answer was no."""
        return sum(attempt.result is Result.FAILURE for attempt in self.attempts)
