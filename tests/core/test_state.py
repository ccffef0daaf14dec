"""The fold: the tables allow what they say and nothing else; counts and reasons come out as they went in."""

import itertools
from typing import Any

import pytest
from attrs import evolve

from aegisd.core import events
from aegisd.core.confinement import Usage
from aegisd.core.events import Event
from aegisd.core.model import Attempt, Mark, Result, State, Trigger
from aegisd.core.state import (
    RUN_TRANSITIONS,
    STEP_TRANSITIONS,
    IllegalTransitionError,
    RunState,
    StepState,
    apply,
    fold,
)

_QUEUED = events.WorkflowQueued(trigger=Trigger(by="uid:1000"), definition="d", step_count=2, params={"k": "v"})
_STARTED = events.WorkflowStarted(step_count=2, queued_s=0.5)
_RESUMED = events.WorkflowResumed(interrupted=("a",), left_s=9.0)
_CANCEL = events.CancellationRequested(by="uid:1000")
_ENDED = events.WorkflowCompleted(result=Result.FAILURE, success=False, duration_s=3.0, steps={}, reason="a failed")
_STEP_STARTED = events.StepStarted(step_type="command", command="true")
_ATTEMPT = Attempt(attempt=1, result=Result.FAILURE, duration_s=1.0)
_RETRYING = events.StepRetrying(failed=_ATTEMPT, delay_s=1.0, retries_left=0)
_INTERRUPTED = events.StepInterrupted(cut=_ATTEMPT)
_SKIPPED = events.StepSkipped(step_type="command", reason="a failed")
_STEP_ENDED = events.StepCompleted(
    step_type="command", result=Result.FAILURE, success=False, duration_s=1.0, attempts=(_ATTEMPT,), error="exit 1"
)
_RUN_DATA: dict[str, Any] = {data.type: data for data in (_QUEUED, _STARTED, _RESUMED, _CANCEL, _ENDED)}
_STEP_DATA: dict[str, Any] = {
    data.type: data for data in (_STEP_STARTED, _RETRYING, _INTERRUPTED, _SKIPPED, _STEP_ENDED)
}


def _event(seq: int, data: Any, *, index: int | None = None, step: str = "a") -> Event:
    at = {} if index is None else {"index": index, "step": step}
    return Event(seq=seq, id="", type=data.type, time=f"t{seq}", data=data, workflow="w", run=1, **at)


def _history(*items: Any) -> list[Event]:
    """Events numbered from 1; a pair is the data of a step's event and the step's index."""
    pairs = [item if isinstance(item, tuple) else (item, None) for item in items]
    return [_event(seq, data, index=index) for seq, (data, index) in enumerate(pairs, 1)]


@pytest.mark.parametrize(("state", "kind"), list(itertools.product([None, *State], _RUN_DATA)))
def test_runs_follow_their_table(state: State | None, kind: str) -> None:
    """Every state of a run takes exactly the events of the table, and ends in the state that the table says."""
    run = RunState(id=1, state=state)
    if (state, kind) in RUN_TRANSITIONS:
        apply(run, _event(1, _RUN_DATA[kind]))
        assert run.state is RUN_TRANSITIONS[state, kind]
        return
    with pytest.raises(IllegalTransitionError, match=kind):
        apply(run, _event(1, _RUN_DATA[kind]))
    assert run.state is state


@pytest.mark.parametrize(("state", "kind"), list(itertools.product(State, _STEP_DATA)))
def test_steps_follow_their_table(state: State, kind: str) -> None:
    """S65, W2.12: every state of a step takes exactly the events of the table: a started step has one terminal
    event."""
    run = RunState(id=1, state=State.EXECUTING, steps={0: StepState(index=0, name="a", type="command", state=state)})
    if (state, kind) in STEP_TRANSITIONS:
        apply(run, _event(1, _STEP_DATA[kind], index=0))
        assert run.steps[0].state is STEP_TRANSITIONS[state, kind]
        return
    with pytest.raises(IllegalTransitionError, match=kind):
        apply(run, _event(1, _STEP_DATA[kind], index=0))


@pytest.mark.parametrize("state", [None, State.PENDING, State.FINISHED])
def test_no_step_outside_its_run(state: State | None) -> None:
    """A step cannot start before its run has, nor after its end."""
    with pytest.raises(IllegalTransitionError, match=r"step\.started"):
        apply(RunState(id=1, state=state), _event(1, _STEP_STARTED, index=0))


def test_a_whole_run() -> None:
    """S6, S7, S46, S52: the fold keeps reasons, attempts, durations and counts as the events told them."""
    run = fold(
        1, _history(_QUEUED, _STARTED, (_STEP_STARTED, 0), (_RETRYING, 0), (_STEP_ENDED, 0), (_SKIPPED, 1), _ENDED)
    )
    row = run.summarize()
    assert (row.state, row.result, row.reason) == (State.FINISHED, Result.FAILURE, "a failed")
    assert (row.created_at, row.started_at, row.finished_at, row.queued_s) == ("t1", "t2", "t7", 0.5)
    assert (row.steps, row.failed_steps, row.params) == ({"failure": 1, "skip": 1}, ("a",), {"k": "v"})
    assert run.steps[0].attempts == (_ATTEMPT,)
    assert (run.steps[0].reason, run.steps[0].started_seq) == ("exit 1", 3)
    assert (run.steps[1].result, run.steps[1].reason) == (Result.SKIP, "a failed")
    assert run.last_seq == 7


def test_retrying_counts_attempts() -> None:
    """S46: while a step waits for its second attempt, it says so."""
    run = fold(1, _history(_QUEUED, _STARTED, (_STEP_STARTED, 0), (_RETRYING, 0)))
    assert (run.steps[0].attempt, run.steps[0].state) == (2, State.EXECUTING)


def test_an_interrupted_attempt_is_followed_by_another() -> None:
    """After a restart a step that was executing is at its next attempt; what was cut short is in the books."""
    run = fold(1, _history(_QUEUED, _STARTED, (_STEP_STARTED, 0), _RESUMED, (_INTERRUPTED, 0)))
    step = run.steps[0]
    assert (step.attempt, step.interrupted, step.attempts, step.state) == (2, 1, (_ATTEMPT,), State.EXECUTING)


def test_moments_belong_to_a_boot() -> None:
    """Each moment is kept with the boot in which it was told, so that a later start can say how long ago it was."""
    first = events.WorkflowStarted(step_count=2, queued_s=0.5, boot_id="one", boottime_s=7.0)
    again = events.WorkflowResumed(interrupted=("a",), boot_id="two", boottime_s=2.0)
    begun = events.StepStarted(step_type="command", boottime_s=8.0)
    retrying = events.StepRetrying(failed=_ATTEMPT, delay_s=3.0, retries_left=0, boottime_s=4.0)
    run = fold(1, _history(_QUEUED, first, (begun, 0), again, (_INTERRUPTED, 0)))
    assert (run.began, run.taken_up) == (Mark(time="t2", boot_id="one", boottime_s=7.0), run.steps[0].attempt_began)
    assert run.steps[0].began == Mark(time="t3", boot_id="one", boottime_s=8.0)
    apply(run, _event(6, retrying, index=0))
    assert run.steps[0].attempt_began == Mark(time="t6", boot_id="two", boottime_s=7.0)


def test_an_allowed_failure_does_not_count() -> None:
    """A failure that the step allows is in the counts, not among the failed steps."""
    data = events.StepCompleted(
        step_type="command", result=Result.FAILURE, success=False, duration_s=1.0, attempts=(), allowed=True
    )
    run = fold(1, _history(_QUEUED, _STARTED, (_STEP_STARTED, 0), (data, 0)))
    assert (run.counts, run.failed_steps) == ({"failure": 1}, [])


def test_what_was_used_adds_up() -> None:
    """CPU time adds up over all attempts of all steps, of memory the largest counts; what is unknown changes
    nothing."""
    small, large = Usage(user_s=1.0, system_s=0.5, memory_bytes=10), Usage(user_s=2.0, system_s=0.0, memory_bytes=30)
    attempts = (evolve(_ATTEMPT, usage=small), evolve(_ATTEMPT, attempt=2, usage=Usage(memory_bytes=20)))
    first = evolve(_STEP_ENDED, attempts=attempts)
    second = evolve(_STEP_ENDED, attempts=(_ATTEMPT, evolve(_ATTEMPT, attempt=2, usage=large)))
    told = [_QUEUED, _STARTED, (_STEP_STARTED, 0), (first, 0), (_STEP_STARTED, 1), (second, 1)]
    summary = fold(1, _history(*told)).summarize()
    assert (summary.cpu_s, summary.memory_bytes) == (3.5, 30)
    assert fold(1, _history(_QUEUED)).summarize().cpu_s is None


def test_phases_are_followed() -> None:
    """S69: the phase of a run is the one of its last transition."""
    run = fold(1, _history(_QUEUED, _STARTED, events.PhaseTransition(previous=None, next="verify")))
    assert run.phase == "verify"


def test_events_of_later_versions_do_no_harm() -> None:
    """W4.2: an unknown type, about the run or about a step, leaves the state as it is."""
    later = events.Unknown(fields={"x": 1})
    run = fold(1, _history(_QUEUED, later, (later, 0)))
    assert (run.state, run.steps, run.last_seq) == (State.PENDING, {}, 3)


def test_a_cancelled_queue_entry() -> None:
    """A run that was cancelled in the queue ends without a step."""
    run = fold(1, _history(_QUEUED, _CANCEL, _ENDED))
    assert run.state is State.FINISHED
    assert run.started_at is None
