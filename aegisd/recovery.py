"""What a start finds in the store: runs in the queue go on waiting, runs that were cut short are ended in the books.

Works before the doors open, so that nobody ever sees a run "executing" that is not.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aegisd.acceptance import Acceptance
from aegisd.core import events
from aegisd.core.codec import decode_event, decode_workflow
from aegisd.core.model import Attempt, Result, RunSummary, State, Workflow
from aegisd.core.record import EventFilter
from aegisd.core.state import RunState, StepState, fold
from aegisd.engine.supervisor import Supervisor
from aegisd.store import Store
from aegisd.timeline.recorder import Emission, Recorder

_log = logging.getLogger("aegisd.recovery")

INTERRUPTED = "interrupted"
_ALL = 10**9


async def recover_runs(
    *,
    store: Store,
    recorder: Recorder,
    supervisor: Supervisor,
    acceptance: Acceptance,
    step_types: Mapping[str, type[Any]],
) -> tuple[int, ...]:
    """Requeue what waited and end what executed. Returns the numbers of the runs that were interrupted."""
    interrupted = []
    for summary in await store.unfinished_runs():
        rows = await store.read_events(0, limit=_ALL, wanted=EventFilter(run=summary.id))
        state = recorder.folds[summary.id] = _fold(summary, [decode_event(body) for _, body in rows])
        body = await store.read_definition(summary.definition)
        workflow = _decode(body, step_types)
        if state.state is State.PENDING and workflow is not None:
            supervisor.restore(acceptance.restore(summary, workflow, queued_seq=state.last_seq))
            continue
        await recorder.emit(*_end_in_the_books(summary, state, recorder))
        interrupted.append(summary.id)
    return tuple(interrupted)


def _fold(summary: RunSummary, history: list[events.Event]) -> RunState:
    """The state of a run; of one whose history does not fold, as much as is needed to end it."""
    try:
        return fold(summary.id, history)
    except ValueError as error:
        _log.error("the history of run %d is broken, the run is ended: %s", summary.id, error)
        return RunState(id=summary.id, workflow=summary.workflow, state=State.FINALIZING, created_at=summary.created_at)


def _decode(body: bytes | None, step_types: Mapping[str, type[Any]]) -> Workflow | None:
    """The definition of a run; None when this version cannot carry it out any more."""
    try:
        return decode_workflow(body or b"", step_types=step_types)
    except ValueError:
        return None


def _end_in_the_books(summary: RunSummary, state: RunState, recorder: Recorder) -> list[Emission]:
    """One terminal event for each step that had started, then the run's own."""
    now, wall = recorder.clock.now(), recorder.clock.wall()

    def emission(data: events.EventData, step: StepState | None = None) -> Emission:
        return Emission(
            data=data,
            time=now,
            workflow=summary.workflow,
            run=summary.id,
            step=step.name if step else None,
            index=step.index if step else None,
            attempt=step.attempt if step else None,
            phase=step.phase if step else None,
            cause=(step.started_seq if step else None) or state.last_seq,
        )

    cut = [step for step in state.steps.values() if step.state is State.EXECUTING]
    ended = [emission(_cut_step(step, wall), step) for step in cut]
    counts = dict(state.counts)
    if cut:
        counts[Result.ERROR.value] = counts.get(Result.ERROR.value, 0) + len(cut)
    completed = events.WorkflowCompleted(
        result=Result.ERROR,
        success=False,
        duration_s=_since(summary.started_at, wall),
        steps=counts,
        reason=f"{INTERRUPTED}: aegisd ended while the run was {summary.state.value}",
        failed_steps=(*state.failed_steps, *(step.name for step in cut)),
    )
    return [*ended, emission(completed)]


def _cut_step(step: StepState, wall: float) -> events.StepCompleted:
    duration = _since(step.started_at, wall)
    attempt = Attempt(attempt=step.attempt, result=Result.ERROR, duration_s=duration, error=INTERRUPTED)
    return events.StepCompleted(
        step_type=step.type,
        result=Result.ERROR,
        success=False,
        duration_s=duration,
        attempts=(*step.attempts, attempt),
        error=f"{INTERRUPTED}: aegisd ended while the step was executing",
    )


def _since(time: str | None, wall: float) -> float:
    """Seconds from `time` until now; by the wall clock, for the monotonic one began anew. Never negative."""
    if time is None:
        return 0.0
    return round(max(0.0, wall - datetime.fromisoformat(time).timestamp()), 3)
