"""Events and definitions to JSON and back, also from versions that know more than this one."""

import json

import msgspec
import pytest
from attrs import frozen
from hypothesis import given

from aegisd.core.codec import decode_event, decode_workflow, encode_event, encode_workflow, to_plain
from aegisd.core.events import EVENT_TYPES, Event, Unknown, WorkflowStarted
from aegisd.core.model import Condition, Origin, RunSummary, Step, Workflow
from tests.core.values import events, values_of


@frozen(kw_only=True)
class _Spec:
    words: tuple[str, ...]
    limit: float | None = None


def _workflow() -> Workflow:
    step = Step(
        name="a",
        type="say",
        spec=_Spec(words=("x", "y")),
        condition=Condition.ALWAYS,
        needs=(),
        origin=Origin(file="aegis.toml", line=3, column=1),
    )
    return Workflow(name="w", steps=(step,), env={"B": "2", "A": "1"})


@given(events())
def test_events_survive(event: Event) -> None:
    """S4: whatever an event holds comes back the same, and its JSON can be read by any reader."""
    body = encode_event(event)
    assert decode_event(body) == event
    plain = json.loads(body)
    assert plain["seq"] == event.seq
    assert plain["type"] == event.type
    assert None not in [value for name, value in plain.items() if name != "data"]


@given(values_of(RunSummary))
def test_run_rows_survive(row: RunSummary) -> None:
    """The row of a run goes through plain values and comes back the same."""
    assert msgspec.convert(json.loads(json.dumps(to_plain(row))), RunSummary, strict=False) == row


def test_every_type_is_named_once() -> None:
    """W2.24, S3: each kind of event has one name of the form subject.past-participle, and one class."""
    assert all(name == kind.type for name, kind in EVENT_TYPES.items())
    assert len(set(EVENT_TYPES.values())) == len(EVENT_TYPES)
    assert all(name.count(".") == 1 for name in EVENT_TYPES)


def test_a_later_event_type() -> None:
    """W4.2: an event of a type that this version does not know is read, and written again as it was."""
    body = b'{"seq":7,"id":"x","type":"step.levitated","time":"t","run":3,"data":{"metres":[1,2]}}'
    event = decode_event(body)
    assert event.data == Unknown(fields={"metres": [1, 2]})
    assert event.run == 3
    assert json.loads(encode_event(event)) == json.loads(body)


def test_later_fields_are_passed_over() -> None:
    """W4.2: fields that a later version added to a known type, or to the envelope, do no harm."""
    body = (
        b'{"seq":1,"id":"x","type":"workflow.started","time":"t","mood":1,'
        b'"data":{"step_count":2,"queued_s":0.5,"new":1}}'
    )
    assert decode_event(body).data == WorkflowStarted(step_count=2, queued_s=0.5)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"seq":1}', b'{"seq":"x","id":"","type":"a.b","time":"","data":{}}']
)
def test_no_event(body: bytes) -> None:
    """What is no event is a ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        decode_event(body)


def test_definitions_survive() -> None:
    """A definition comes back with the specs of its steps as values of their types' classes."""
    workflow = _workflow()
    assert decode_workflow(encode_workflow(workflow), step_types={"say": _Spec}) == workflow


def test_equal_definitions_give_equal_bytes() -> None:
    """The order in which a mapping was written does not change the digest of a definition."""
    one = Workflow(name="w", env={"A": "1", "B": "2"})
    other = Workflow(name="w", env={"B": "2", "A": "1"})
    assert encode_workflow(one) == encode_workflow(other)


def test_definitions_of_other_versions() -> None:
    """A stored step may hold keys that its type has no longer; a type that is gone is named."""
    plain = json.loads(encode_workflow(_workflow()))
    plain["steps"][0]["spec"]["gone"] = 1
    body = json.dumps(plain)
    assert decode_workflow(body, step_types={"say": _Spec}) == _workflow()
    with pytest.raises(ValueError, match='step "a" is of type "say"'):
        decode_workflow(body, step_types={})
