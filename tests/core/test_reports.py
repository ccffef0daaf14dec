"""What steps may tell of agents: all of it is typed, none of it changes what aegis knows of a run."""

import attrs
import pytest

from aegisd.core.codec import decode_event, encode_event
from aegisd.core.events import EMITTABLE, EVENT_TYPES, Event, PhaseTransition, Unknown, WorkflowQueued, WorkflowStarted
from aegisd.core.events.agent import LlmRequested, LlmResponded
from aegisd.core.model import Trigger
from aegisd.core.state import fold
from docs.generate.names import AGENTS, FIELDS, QA, QUALITY
from docs.generate.samples import sample_event

COMMON = {"message", "task", "role", "model", "metadata"}


def test_all_events_of_agents_exist() -> None:
    """S94: each of the 32 types has an event of its own here; that of phases is aegis's own, the others may be
    emitted."""
    here = [name for name, _ in AGENTS.values()]
    assert len(AGENTS) == len(set(here)) == 32
    assert set(here) - {PhaseTransition.type} == set(EMITTABLE)


@pytest.mark.parametrize("names", [QA, QUALITY, AGENTS])
def test_names_are_mapped_to_events(names: dict[str, tuple[str, str]]) -> None:
    """S3, S77: every name of the other systems has an event of aegis beside it."""
    assert {here for here, _ in names.values()} <= EVENT_TYPES.keys()
    assert len(names) == {id(QA): 4, id(QUALITY): 20, id(AGENTS): 32}[id(names)]


@pytest.mark.parametrize("name", EMITTABLE)
def test_nine_fields(name: str) -> None:
    """S95: type, time, run, message, phase, task, role, model and metadata survive being written and read."""
    assert {field.name for field in attrs.fields(EMITTABLE[name])} >= COMMON
    sample = sample_event(name)
    data = attrs.evolve(sample.data, message="m", task="t", role="r", model="x", metadata={"deep": [1, {"a": None}]})
    event = attrs.evolve(sample, data=data, phase="build")
    assert decode_event(encode_event(event)) == event
    assert len(FIELDS) == 9


def test_constructors() -> None:
    """S100, S103: an event is made by naming what it has; tokens are numbers, not words in a message."""
    asked = LlmRequested(model="qwen2.5-coder:7b", role="coder", task="parser", prompt_tokens=3120)
    answered = LlmResponded(model=asked.model, role=asked.role, prompt_tokens=3120, completion_tokens=612)
    assert (asked.type, answered.type) == ("llm.requested", "llm.responded")
    with pytest.raises(TypeError):
        LlmResponded(tokens=5)  # type: ignore[call-arg]


def test_a_type_of_a_later_version() -> None:
    """W4.2: an event of a type that is not known is read as `unknown` and written again as it was."""
    body = b'{"seq":1,"id":"x","type":"simulation.ticked","time":"t","run":3,"data":{"tick":7}}'
    event = decode_event(body)
    assert event.data == Unknown(fields={"tick": 7})
    assert encode_event(event) == body


@pytest.mark.parametrize("name", EMITTABLE)
def test_a_run_is_not_changed_by_what_is_told(name: str) -> None:
    """Whatever a step says, the run is what aegis's own events make of it: `session.failed` fails nothing."""
    queued = WorkflowQueued(trigger=Trigger(), definition="d", step_count=1)
    begun = WorkflowStarted(step_count=1, queued_s=0.0)
    history = [
        Event(seq=seq, id="", type=data.type, time="t", run=842, workflow="w", data=data)
        for seq, data in enumerate((queued, begun), 1)
    ]
    told = attrs.evolve(sample_event(name), seq=3)
    before, after = fold(842, history), fold(842, [*history, told])
    after.last_seq = before.last_seq
    assert after.summarize() == before.summarize()
    assert after.steps == before.steps
