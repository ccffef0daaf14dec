"""Filters: values of one field are alternatives, fields narrow each other."""

import pytest

from aegisd.core.events import Event, StepStarted, WorkflowCompleted
from aegisd.core.model import Result
from aegisd.core.record import EventFilter

_ENDED = Event(
    seq=2,
    id="",
    type="workflow.completed",
    time="2026-01-02T00:00:00.000Z",
    workflow="w",
    run=1,
    data=WorkflowCompleted(result=Result.FAILURE, success=False, duration_s=0.0, steps={}),
)
_BEGUN = Event(seq=1, id="", type="step.started", time="2026-01-01T00:00:00.000Z", data=StepStarted(step_type="wait"))


@pytest.mark.parametrize(
    ("wanted", "ended", "begun"),
    [
        (EventFilter(), True, True),
        (EventFilter(types=frozenset({"workflow.completed", "x"})), True, False),
        (EventFilter(workflows=frozenset({"w"})), True, False),
        (EventFilter(run=1), True, False),
        (EventFilter(run=2), False, False),
        (EventFilter(results=frozenset({"failure"})), True, False),
        (EventFilter(results=frozenset({"success"})), False, False),
        (EventFilter(since="2026-01-01T12:00:00.000Z"), True, False),
        (EventFilter(since="2026-01-02T00:00:00.000Z"), True, False),
        (EventFilter(until="2026-01-01T00:00:00.000Z"), False, True),
        (EventFilter(run=1, types=frozenset({"step.started"})), False, False),
    ],
)
def test_filters(wanted: EventFilter, ended: bool, begun: bool) -> None:  # noqa: FBT001 - a row of a table
    """S11, S19: each field on its own and together; the bounds of time are inclusive, there are no patterns."""
    assert wanted.matches(_ENDED) is ended
    assert wanted.matches(_BEGUN) is begun
