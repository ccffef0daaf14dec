"""The spans of a run, from its events."""

from typing import Any

import pytest
from attrs import evolve

from aegisd.core import events
from aegisd.core.events import Event
from aegisd.core.model import Attempt, Result, Trigger
from aegisd.core.otlp import Resource, encode_spans
from aegisd.core.trace import attempt_span, run_span
from aegisd.core.trace_spans import SpanKind, make_spans
from tests.core.histories import queued, started

S = 1_000_000_000
STARTED = events.StepStarted(step_type="command")


def _attempt(number: int, result: Result, duration_s: float, **more: Any) -> Attempt:
    return Attempt(attempt=number, result=result, duration_s=duration_s, **more)


def _history(*told: tuple[float, Any] | tuple[float, Any, int]) -> list[Event]:
    """Events of run 7 of `ci`, each at a second of a minute, perhaps of a step by its index."""
    made = []
    for seq, (second, data, *place) in enumerate(told, start=1):
        step: dict[str, Any] = {"step": f"s{place[0]}", "index": place[0], "phase": "verify"} if place else {}
        time = f"2026-11-21T08:00:{second:06.3f}Z"
        made.append(Event(seq=seq, id="", type=data.type, time=time, data=data, run=7, workflow="ci", **step))
    return made


def _completed(result: Result, *attempts: Attempt) -> events.StepCompleted:
    success = result is Result.SUCCESS
    return events.StepCompleted(step_type="command", result=result, success=success, duration_s=1.0, attempts=attempts)


def _end(result: Result, duration_s: float = 9.0, **more: Any) -> events.WorkflowCompleted:
    success = result is Result.SUCCESS
    return events.WorkflowCompleted(result=result, success=success, duration_s=duration_s, steps={}, **more)


def test_attempts_and_waits() -> None:
    """Each attempt is a span from its begin for as long as it took; waits between them are in none."""
    first = _attempt(1, Result.FAILURE, 2.0, exit_code=3, error="exit 3")
    last = _attempt(2, Result.SUCCESS, 1.5, exit_code=0)
    made = make_spans(
        _history(
            (0, queued(trigger=Trigger(kind="webhook", name="push", ref="refs/heads/main", sha="ab" * 20))),
            (1, started(1.0)),
            (1, STARTED, 0),
            (3, events.StepRetrying(failed=first, delay_s=0.5, retries_left=1), 0),
            (5, _completed(Result.SUCCESS, first, last), 0),
            (5, events.StepSkipped(step_type="command", reason="nothing to do"), 1),
            (6, _end(Result.SUCCESS, 5.0)),
        ),
        epoch="e",
        url="https://ci.example.org/runs/7",
    )
    root, *tries = made.spans
    begin = root.start_ns
    assert (made.run, made.is_over, made.is_sampled, root.parent, root.kind) == (7, True, True, None, SpanKind.SERVER)
    assert (root.id, root.name, root.end_ns - begin) == (run_span(7, epoch="e"), "RUN ci", 6 * S)
    assert root.attributes == {
        "cicd.pipeline.name": "ci",
        "cicd.pipeline.run.id": "7",
        "cicd.pipeline.action.name": "RUN",
        "cicd.pipeline.run.url.full": "https://ci.example.org/runs/7",
        "aegis.trigger.kind": "webhook",
        "aegis.trigger.name": "push",
        "vcs.ref.head.name": "main",
        "vcs.ref.head.revision": "ab" * 20,
        "cicd.pipeline.result": "success",
    }
    assert [(note.name, note.time_ns - begin) for note in root.notes] == [
        ("workflow.started", S),
        ("step.skipped", 5 * S),
    ]
    assert [(each.start_ns - begin, each.end_ns - begin) for each in tries] == [(S, 3 * S), (3.5 * S, 5 * S)]
    assert [each.id for each in tries] == [attempt_span(7, epoch="e", index=0, attempt=n) for n in (1, 2)]
    assert [(each.parent, each.trace) for each in tries] == [(root.id, root.trace)] * 2
    assert [(each.is_broken, each.message) for each in tries] == [(True, "exit 3"), (False, None)]
    assert tries[0].attributes["error.type"] == tries[0].attributes["cicd.pipeline.task.run.result"] == "failure"
    assert (tries[0].attributes["process.exit.code"], tries[0].attributes["aegis.phase"]) == (3, "verify")


def test_a_crash_in_between() -> None:
    """An attempt that the end of aegisd cut short is a span, and the next one begins with the run's going on."""
    cut = _attempt(1, Result.ERROR, 4.0, error="interrupted")
    made = make_spans(
        _history(
            (0, queued()),
            (0, started()),
            (0, STARTED, 0),
            (30, events.WorkflowResumed(interrupted=("s0",))),
            (30, events.StepInterrupted(cut=cut), 0),
            (33, _completed(Result.SUCCESS, cut, _attempt(2, Result.SUCCESS, 3.0)), 0),
            (33, _end(Result.SUCCESS)),
        ),
        epoch="e",
    )
    root, *tries = made.spans
    assert [(each.start_ns - root.start_ns, each.end_ns - root.start_ns) for each in tries] == [
        (0, 4 * S),
        (30 * S, 33 * S),
    ]


def test_a_run_that_goes_on() -> None:
    """Its span ends with the newest event and says that it executes; open attempts have no span yet. A trace that
    nobody keeps is told of."""
    trigger = Trigger(traceparent=f"00-{'ab' * 16}-{'cd' * 8}-00")
    made = make_spans(_history((0, queued(trigger=trigger)), (1, started()), (2, STARTED, 0)), epoch="e")
    (root,) = made.spans
    assert (made.is_over, made.is_sampled, root.is_broken, root.end_ns - root.start_ns) == (False, False, None, 2 * S)
    assert (root.trace, root.parent) == ("ab" * 16, "cd" * 8)
    assert root.attributes["cicd.pipeline.run.state"] == "executing"


def test_a_run_that_failed() -> None:
    """The span is broken, says of what class the error is, and why; as OTLP says it."""
    history = _history((0, queued()), (1, started()), (9, _end(Result.TIMEOUT, reason="no end after 8s")))
    (root,) = make_spans(history, epoch="e").spans
    assert (root.is_broken, root.message, root.attributes["error.type"]) == (True, "no end after 8s", "timeout")
    resource = Resource(name="buildhost", version="1.0", epoch="e")
    (told,) = encode_spans([evolve(root, attributes={"a": 1, "b": True, "c": 0.5, "d": "x"})], resource)[
        "resourceSpans"
    ]
    (span,) = told["scopeSpans"][0]["spans"]
    assert span["status"] == {"code": 2, "message": "no end after 8s"}
    assert (span["kind"], span["startTimeUnixNano"], "parentSpanId" in span) == (2, str(root.start_ns), False)
    values = [each["value"] for each in span["attributes"]]
    assert values == [{"intValue": "1"}, {"boolValue": True}, {"doubleValue": 0.5}, {"stringValue": "x"}]
    assert {"key": "host.name", "value": {"stringValue": "buildhost"}} in told["resource"]["attributes"]


def test_events_of_no_run() -> None:
    """Spans are not made of what is not the events of a run."""
    with pytest.raises(ValueError, match="not the events of a run"):
        make_spans(_history((0, started())), epoch="e")
