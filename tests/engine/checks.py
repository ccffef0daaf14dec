"""What must hold of any history that the engine tells: the promises as assertions on recorded events."""

from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any

from aegisd.core.events import Event
from aegisd.core.model import Condition, Result, State, Step, Workflow
from aegisd.core.state import fold
from aegisd.engine.verdict import FAILING
from tests.core.graphs import model_ancestors, model_waits
from tests.engine.random_runs import MOST_HOLD_S

_ROUNDING_S = 0.002
_APPROVALS = ("approval.requested", "approval.granted", "approval.rejected", "approval.expired")
_CUT = ("cancelled by ", "the run's limit of ")


def check_timeline(events: list[Event], definitions: dict[int, Workflow], *, down: float = 0.0) -> None:
    """`events` are everything that was recorded; `definitions` gives the workflow of each run. aegisd was not there for
    `down` seconds."""
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert all(one.id < other.id and one.time <= other.time for one, other in pairwise(events))
    for run, definition in definitions.items():
        check_run([event for event in events if event.run == run], definition, run, down=down)
    _check_first_failures(events)


def check_run(events: list[Event], definition: Workflow, run: int, *, down: float = 0.0) -> None:
    """The whole history of one run, whether or not it left the queue."""
    state = fold(run, events)
    kinds = [event.type for event in events]
    assert kinds[0] == "workflow.queued"
    if "workflow.started" not in kinds:
        assert set(kinds) <= {"workflow.queued", "cancellation.requested", "workflow.completed"}
        assert kinds.count("workflow.completed") <= 1
        return
    asked = [kind for kind in kinds if kind not in {"cancellation.requested", "workflow.resumed"}]
    assert asked[:2] == ["workflow.queued", "workflow.started"]
    assert (kinds.count("workflow.started"), kinds.count("workflow.completed")) == (1, 1)
    assert kinds[-1] == "workflow.completed"
    assert state.state is State.FINISHED
    _check_causes(events)
    _check_end(events, definition, down)
    told = {index: [event for event in events if event.index == index] for index in range(len(definition.steps))}
    for index, step in enumerate(definition.steps):
        _check_step(told[index], step)
    _check_order(told, definition)
    _check_conditions(told, definition)


def _check_causes(events: list[Event]) -> None:
    seen: set[int | None] = set()
    for event in events:
        assert event.cause in seen or event.type in {"workflow.queued", "cancellation.requested"}
        seen.add(event.seq)


def _check_end(events: list[Event], definition: Workflow, down: float) -> None:
    """S7, S48, S52: the sums are right, and the run did not go on after its limit."""
    started = next(event for event in events if event.type == "workflow.started")
    completed: Any = events[-1].data
    results = [event.data.result for event in events if event.type == "step.completed"]  # type: ignore[union-attr]
    results += [Result.SKIP for event in events if event.type == "step.skipped"]
    assert completed.steps == {result.value: count for result, count in Counter(results).items()}
    assert sum(completed.steps.values()) == len(definition.steps)
    _check_verdict(events, completed)
    took = _seconds(started, events[-1])
    assert completed.duration_s >= 0
    assert abs(took - completed.duration_s) <= _ROUNDING_S
    if definition.timeout is not None:
        assert completed.duration_s <= definition.timeout + down + MOST_HOLD_S + _ROUNDING_S


def _check_verdict(events: list[Event], completed: Any) -> None:
    """The first step whose failure counts decides how the run ended, unless the run was cut short: then its reason
    says so."""
    ends: list[tuple[str | None, Any]] = [(e.step, e.data) for e in events if e.type == "step.completed"]
    failed = [(step, end) for step, end in ends if _counts(end)]
    assert completed.failed_steps == tuple(step for step, _ in failed)
    assert completed.success == (completed.result is Result.SUCCESS)
    if completed.result in {Result.TIMEOUT, Result.CANCELLATION}:
        assert completed.reason.startswith(_CUT)
    elif not failed:
        assert (completed.result, completed.reason) == (Result.SUCCESS, None)
    else:
        first = failed[0][1].result
        assert completed.result is (Result.ERROR if first is Result.ERROR else Result.FAILURE)
        assert str(failed[0][0]) in completed.reason


def _check_step(events: list[Event], step: Step) -> None:
    """S42, S43, S46, S47, S65: one start and one end, or one skip; attempts as allowed, each within its limit."""
    kinds = [event.type for event in events if event.type not in {"failure.detected", *_APPROVALS}]
    if kinds == ["step.skipped"]:
        return
    assert kinds[0] == "step.started"
    assert kinds[-1] == "step.completed"
    assert set(kinds[1:-1]) <= {"step.retrying", "step.interrupted"}
    completed: Any = next(event.data for event in events if event.type == "step.completed")
    attempts = completed.attempts
    assert [attempt.attempt for attempt in attempts] == list(range(1, len(attempts) + 1))
    interrupted = [attempt for attempt in attempts if attempt.error == "interrupted"]
    assert len(attempts) - len(interrupted) <= step.retries + 1
    assert kinds.count("step.interrupted") in {len(interrupted), len(interrupted) - 1}
    assert len(kinds) - 2 in {len(attempts) - 1, len(attempts)}
    assert all(attempt.result is not Result.SUCCESS for attempt in attempts[:-1])
    most = float("inf") if step.timeout is None else step.timeout + MOST_HOLD_S + _ROUNDING_S
    assert all(0 <= attempt.duration_s <= most for attempt in attempts if attempt not in interrupted)
    assert all(attempt.duration_s >= 0 for attempt in interrupted)
    assert completed.duration_s + _ROUNDING_S >= sum(attempt.duration_s for attempt in attempts)
    assert completed.success == (completed.result is Result.SUCCESS)
    assert completed.error or completed.success


def _check_order(told: dict[int, list[Event]], definition: Workflow) -> None:
    """S50, S51: a step begins after all it waits for has ended; a batch begins in the order of the file."""
    waits = model_waits(definition.steps)
    for index, events in told.items():
        if events[0].type == "step.started":
            assert all(told[other][-1].seq < events[0].seq for other in waits[index])
    starts = [(tuple(sorted(waits[i])), i, told[i][0].seq) for i in told if told[i][0].type == "step.started"]
    for (needed, _, seq), (others, _, later) in pairwise(starts):
        assert needed != others or seq < later


def _check_conditions(told: dict[int, list[Event]], definition: Workflow) -> None:
    """S56: by the outcomes of its ancestors each step was rightly started or skipped."""
    ancestors = model_ancestors(model_waits(definition.steps))
    ends: dict[int, Any] = {
        index: event.data for index, events in told.items() for event in events if event.type == "step.completed"
    }
    for index, events in told.items():
        first: Any = events[0].data
        if events[0].type == "step.skipped" and first.reason.startswith(_CUT):
            continue
        before = [ends[other] for other in ancestors[index] if other in ends]
        failed = any(map(_counts, before))
        met = {
            Condition.ALWAYS: True,
            Condition.ON_SUCCESS: not failed,
            Condition.ON_FAILURE: failed,
            Condition.HAS_FAILURES: any(end.reported_failures for end in before),
        }[definition.steps[index].condition]
        assert (events[0].type == "step.started") == met
        culprits = [
            definition.steps[other].name for other in ancestors[index] if other in ends and _counts(ends[other])
        ]
        assert met or set(first.because) <= set(culprits)


def _counts(end: Any) -> bool:
    return end.result in FAILING and not end.allowed


def _check_first_failures(events: list[Event]) -> None:
    """S8, S9: the first failure of a run that counts is told once, directly after the end of its step."""
    detected: set[int | None] = set()
    for before, event in pairwise(events):
        data: Any = before.data
        if before.type == "step.completed" and _counts(data):
            assert before.run in detected or event.type == "failure.detected"
        if event.type == "failure.detected":
            assert (before.type, before.run, before.step) == ("step.completed", event.run, event.step)
            assert _counts(data)
            assert event.run not in detected
            detected.add(event.run)


def _seconds(one: Event, other: Event) -> float:
    return (datetime.fromisoformat(other.time) - datetime.fromisoformat(one.time)).total_seconds()
