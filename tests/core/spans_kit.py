"""Histories of runs with times in them, for tests of what is drawn over time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aegisd.core import events
from aegisd.core.events import Event
from aegisd.core.model import Attempt, Result, Step, Trigger
from tests.core.graphs import make_step

BOOT = "b1"
_EIGHT = datetime(2026, 11, 21, 8, tzinfo=UTC)


class Story:
    """Builds the history of run 7. `at` is the seconds since the run began; the host had been up for 1,000 then. The
    wall clock stands at `wall` seconds after 08:00:00, by default `at`."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        self.names = {step.name: index for index, step in enumerate(steps)}
        self.history: list[Event] = []
        self.boot, self.boot_zero = BOOT, 1000.0
        trigger = Trigger(by="dev1")
        self.add(0, events.WorkflowQueued(trigger=trigger, definition="d", step_count=len(steps)))
        self.add(0, self._with_boot(events.WorkflowStarted, 0, step_count=len(steps), queued_s=0.0))

    def add(self, at: float, data: Any, step: str | None = None, *, wall: float | None = None) -> "Story":
        """One event."""
        time = _EIGHT + timedelta(seconds=at if wall is None else wall)
        seq = len(self.history) + 1
        index = None if step is None else self.names[step]
        self.history.append(
            Event(
                seq=seq,
                id="",
                type=data.type,
                time=time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                data=data,
                workflow="w",
                run=7,
                step=step,
                index=index,
            )
        )
        return self

    def begin(self, step: str, at: float, *, kind: str = "command", wall: float | None = None) -> "Story":
        """A step begins."""
        data = events.StepStarted(step_type=kind, boottime_s=at + self.boot_zero)
        return self.add(at, data, step, wall=wall)

    def retry(self, step: str, at: float, *, number: int, took: float, delay: float) -> "Story":
        """An attempt failed, and another is to come."""
        failed = Attempt(attempt=number, result=Result.FAILURE, duration_s=took, exit_code=1)
        data = events.StepRetrying(failed=failed, delay_s=delay, retries_left=1, boottime_s=at + self.boot_zero)
        return self.add(at, data, step)

    def end(
        self, step: str, at: float, *took: float, result: Result = Result.SUCCESS, wall: float | None = None
    ) -> "Story":
        """A step ends after attempts of these lengths, of which only the last came to `result`."""
        ends = [Result.FAILURE] * (len(took) - 1) + [result]
        attempts = tuple(
            Attempt(attempt=place + 1, result=each, duration_s=seconds)
            for place, (seconds, each) in enumerate(zip(took, ends, strict=True))
        )
        data = events.StepCompleted(
            step_type="command",
            result=result,
            success=result is Result.SUCCESS,
            duration_s=sum(took),
            attempts=attempts,
            exit_code=None if result is Result.SUCCESS else 1,
        )
        return self.add(at, data, step, wall=wall)

    def skip(self, step: str, at: float, reason: str = "not needed") -> "Story":
        """A step is skipped."""
        return self.add(at, events.StepSkipped(step_type="command", reason=reason), step)

    def resume(self, at: float, *cut: str, took: float, boot: str = BOOT, up: float | None = None) -> "Story":
        """aegisd takes the run up again, `up` seconds after the boot `boot`; the steps in `cut` had executed for
        `took`."""
        if boot != self.boot:
            self.boot, self.boot_zero = boot, (up or 0.0) - at
        self.add(at, self._with_boot(events.WorkflowResumed, at, interrupted=cut))
        for step in cut:
            attempt = Attempt(attempt=1, result=Result.ERROR, duration_s=took, error="interrupted")
            self.add(at, events.StepInterrupted(cut=attempt), step)
        return self

    def finish(self, at: float, result: Result = Result.SUCCESS) -> "Story":
        """The run ends."""
        data = events.WorkflowCompleted(result=result, success=result is Result.SUCCESS, duration_s=at, steps={})
        return self.add(at, data)

    def _with_boot(self, kind: Any, at: float, **more: Any) -> Any:
        return kind(boot_id=self.boot, boottime_s=at + self.boot_zero, **more)


def chain(*names: str) -> tuple[Step, ...]:
    """Steps one after the other."""
    return tuple(make_step(name) for name in names)
