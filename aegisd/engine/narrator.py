"""What a run tells: its emissions, each with the workflow, the run and the step that it is about."""

from aegisd.core import events
from aegisd.core.model import Attempt, Outcome, Result, Step
from aegisd.engine.order import RunOrder
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Emission


class Narrator:
    """Makes the emissions of the run `order`. `began` is its first one, which the others follow from unless they say
    more."""

    def __init__(self, *, order: RunOrder, clock: Clock) -> None:
        self._order = order
        self._clock = clock
        self.began: Emission | None = None

    def of_run(self, data: events.EventData, *, cause: Emission | int | None) -> Emission:
        """Something about the run as a whole."""
        return Emission(
            data=data, time=self._clock.now(), workflow=self._order.workflow.name, run=self._order.run, cause=cause
        )

    def of_step(
        self, index: int, data: events.EventData, *, attempt: int | None = None, cause: Emission | int | None = None
    ) -> Emission:
        """Something about step number `index`."""
        step = self._order.workflow.steps[index]
        return Emission(
            data=data,
            time=self._clock.now(),
            workflow=self._order.workflow.name,
            run=self._order.run,
            step=step.name,
            index=index,
            attempt=attempt,
            phase=step.phase,
            cause=cause or self.began,
        )


def describe_attempt_end(number: int, outcome: Outcome, duration: float) -> Attempt:
    """One attempt in the books."""
    return Attempt(
        attempt=number,
        result=outcome.result,
        duration_s=in_seconds(duration),
        exit_code=outcome.exit_code,
        signal=outcome.signal,
        error=outcome.error,
        receipt=outcome.receipt,
        usage=outcome.usage,
    )


def describe_step_end(
    step: Step, outcome: Outcome, attempts: list[Attempt], duration: float, *, allowed: bool
) -> events.StepCompleted:
    """How a step ended; `allowed` says that its failure does not count."""
    return events.StepCompleted(
        step_type=step.type,
        result=outcome.result,
        success=outcome.result is Result.SUCCESS,
        duration_s=duration,
        attempts=tuple(attempts),
        service=service_of(step),
        error=outcome.error,
        exit_code=outcome.exit_code,
        signal=outcome.signal,
        allowed=allowed,
        reported_failures=outcome.reported_failures,
        output_bytes=outcome.output_bytes,
        data=outcome.data,
    )


def service_of(step: Step) -> str | None:
    """The key of the service that `step` calls, if it is of a type that calls one."""
    service = getattr(step.spec, "service", None)
    return service if isinstance(service, str) else None


def in_seconds(duration: float) -> float:
    """Durations in events have microseconds."""
    return round(duration, 6)
