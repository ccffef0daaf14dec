"""What a filter means, and what it may hold."""

import attrs
import pytest
from hypothesis import given

from aegisd.core.event_filter import EventFilter, get_detail, is_type_pattern, make_predicate
from aegisd.core.events import Event, StepCompleted, Unknown
from aegisd.core.events.task import TaskFailed
from aegisd.core.model import Result
from tests.core.values import events

_DATA = StepCompleted(step_type="command", result=Result.FAILURE, success=False, duration_s=1.0, attempts=())
_EVENT = Event(
    seq=1, id="", type="step.completed", time="2027-01-15T08:00:00.000Z", data=_DATA, run=7, workflow="w", step="s"
)


@pytest.mark.parametrize(
    ("types", "passes"),
    [
        ({"step.completed"}, True),
        ({"step.*"}, True),
        ({"*"}, True),
        ({"workflow.*", "step.completed"}, True),
        ({"step"}, False),
        ({"step.comp.*"}, False),
        ({"workflow.*"}, False),
        ({"workflow.*", "*"}, True),
    ],
)
def test_types(types: set[str], passes: bool) -> None:  # noqa: FBT001 - a parameter
    """S19: a whole name, all of a kind, or all; nothing else is a pattern."""
    assert EventFilter(types=frozenset(types)).matches(_EVENT) is passes


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("step.completed", True),
        ("step.*", True),
        ("*", True),
        ("", False),
        (".*", False),
        ("*.*", False),
        ("s*", False),
    ],
)
def test_patterns(text: str, is_one: bool) -> None:  # noqa: FBT001 - a parameter
    """What a filter may have among its types."""
    assert is_type_pattern(text) is is_one


def test_fields_narrow_each_other() -> None:
    """S98: values of one field are alternatives, fields narrow each other; times are inclusive."""
    fitting = EventFilter(
        types=frozenset({"step.*"}),
        workflows=frozenset({"v", "w"}),
        run=7,
        steps=frozenset({"s"}),
        results=frozenset({"failure", "error"}),
        since=_EVENT.time,
        until=_EVENT.time,
    )
    assert fitting.matches(_EVENT)
    for change in (
        {"types": frozenset({"workflow.*"})},
        {"workflows": frozenset({"v"})},
        {"run": 8},
        {"steps": frozenset({"t"})},
        {"phases": frozenset({"p"})},
        {"results": frozenset({"success"})},
        {"tasks": frozenset({"t"})},
        {"roles": frozenset({"coder"})},
        {"since": "2027-01-15T08:00:00.001Z"},
        {"until": "2027-01-15T07:59:59.999Z"},
    ):
        assert not attrs.evolve(fitting, **change).matches(_EVENT)


def test_details() -> None:
    """A result, task or role is found in the data of an event that has one, also of a type that is not known; what is
    no text is none."""
    task = attrs.evolve(_EVENT, type="task.failed", data=TaskFailed(task="parser", role="coder"))
    assert [get_detail(task, name) for name in ("task", "role", "result")] == ["parser", "coder", None]
    assert get_detail(_EVENT, "result") == "failure"
    later = attrs.evolve(_EVENT, type="x.y", data=Unknown(fields={"result": "error", "task": 7, "role": None}))
    assert [get_detail(later, name) for name in ("result", "task", "role")] == ["error", None, None]


@given(events())
def test_no_filter_passes_all(event: Event) -> None:
    """Without any field everything passes, and a filter made of an event's own fields passes that event."""
    assert EventFilter().matches(event)
    own = EventFilter(
        types=frozenset({event.type}),
        run=event.run,
        steps=frozenset({event.step}) if event.step is not None else frozenset(),
        phases=frozenset({event.phase}) if event.phase is not None else frozenset(),
    )
    assert make_predicate(own)(event)
