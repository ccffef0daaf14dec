"""Ending a run in the books: it was cut short and is not carried out any more, but its history gets its end.

One terminal event for each step that had started, a skip for each that had not, then the run's own end.
"""

from aegisd.core import events
from aegisd.core.model import Result, Workflow
from aegisd.core.state import RunState, StepState
from aegisd.engine.narrator import in_seconds
from aegisd.engine.order import Ending
from aegisd.engine.resumption import (
    INTERRUPTED,
    describe_interruption,
    executing_steps,
    finished_steps,
    has_failed,
)
from aegisd.engine.verdict import FAILING
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Emission


def end_in_the_books(state: RunState, workflow: Workflow | None, ending: Ending, clock: Clock) -> list[Emission]:
    """What ends the run `state`. `workflow` is None when this version cannot read its definition."""
    cut = [state.steps[index] for index in executing_steps(state)]
    failed = [step.name for step in finished_steps(state) if has_failed(step)]
    skipped = _never_begun(state, workflow)
    counts = dict(state.counts)
    for result, number in ((ending.result, len(cut)), (Result.SKIP, len(skipped))):
        if number:
            counts[result] = counts.get(result, 0) + number
    completed = events.WorkflowCompleted(
        result=ending.result,
        success=False,
        duration_s=in_seconds(clock.since(state.began)),
        steps=counts,
        reason=ending.reason,
        failed_steps=(*failed, *(step.name for step in cut if ending.result in FAILING)),
    )
    return [
        *_end_steps(state, cut, ending, clock),
        *(_tell(state, events.StepSkipped(step_type=s.type, reason=ending.reason), clock, step=s) for s in skipped),
        _tell(state, completed, clock),
    ]


def _never_begun(state: RunState, workflow: Workflow | None) -> list[StepState]:
    """The steps that had no event; none of a run that never left the queue."""
    if workflow is None or state.started_at is None:
        return []
    return [
        StepState(index=index, name=step.name, type=step.type, phase=step.phase)
        for index, step in enumerate(workflow.steps)
        if index not in state.steps
    ]


def _end_steps(state: RunState, cut: list[StepState], ending: Ending, clock: Clock) -> list[Emission]:
    """The ends of the steps that were cut short; the first failure of the run is told right after its step."""
    ended = [_tell(state, _end_step(step, ending, clock), clock, step=step) for step in cut]
    if ended and ending.result in FAILING and not any(map(has_failed, state.steps.values())):
        detected = events.FailureDetected(step_type=cut[0].type, result=ending.result, error=_why_cut(ending))
        ended.insert(1, _tell(state, detected, clock, step=cut[0]))
    return ended


def _end_step(step: StepState, ending: Ending, clock: Clock) -> events.StepCompleted:
    attempts = (*step.attempts, describe_interruption(step, clock))
    passed = max(clock.since(step.began), sum(attempt.duration_s for attempt in attempts))
    return events.StepCompleted(
        step_type=step.type,
        result=ending.result,
        success=False,
        duration_s=in_seconds(passed),
        attempts=attempts,
        error=_why_cut(ending),
    )


def _why_cut(ending: Ending) -> str:
    if ending.result is Result.ERROR:
        return f"{INTERRUPTED}: aegisd ended while the step was executing"
    return ending.reason


def _tell(state: RunState, data: events.EventData, clock: Clock, *, step: StepState | None = None) -> Emission:
    return Emission(
        data=data,
        time=clock.now(),
        workflow=state.workflow,
        run=state.id,
        step=step.name if step else None,
        index=step.index if step else None,
        attempt=(step.attempt or None) if step else None,
        phase=step.phase if step else None,
        cause=(step.started_seq if step else None) or state.started_seq or state.last_seq or None,
    )
