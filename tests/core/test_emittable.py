"""What users may emit: names, data, bounds, and the types that are registered."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.codec import decode_event, encode_event
from aegisd.core.emittable import MOST_BYTES, EmitError, check_type, make_data
from aegisd.core.events import EMITTABLE, EVENT_TYPES, Custom, Event
from aegisd.core.state import RunState, apply

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
anything = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(st.characters()) | st.binary() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=10,
)


def make_event(data: Any, **place: Any) -> Event:
    """An event as the recorder makes it."""
    return Event(seq=1, id="id", type=data.type, time="2026-11-21T08:00:00.000Z", data=data, **place)


@given(st.dictionaries(st.text().filter(lambda key: key != "by"), json_values))
def test_json_comes_back(fields: dict[str, Any]) -> None:
    """Whatever JSON can say is stored and read back as it was."""
    event = make_event(make_data("custom.note", fields))
    assert decode_event(encode_event(event)) == event


@given(st.text(st.characters()) | st.just("custom.a.b"), st.dictionaries(st.text(st.characters()), anything))
def test_hostile_data_is_refused_or_fine(name: str, fields: dict[str, Any]) -> None:
    """Anything at all is refused with words, or can be encoded and decoded."""
    try:
        data = make_data(name, fields)
    except EmitError:
        return
    assert decode_event(encode_event(make_event(data))).type == name


@pytest.mark.parametrize("name", ["custom.a", "custom.deploy.finished", "custom.a-b.c_d.0", "custom." + "a" * 40])
def test_names(name: str) -> None:
    """Names that are."""
    check_type(name)


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in EVENT_TYPES if name not in EMITTABLE),
        *("", "custom", "custom.", "custom..a", "custom.A", "custom.a.", "custom.a b", "custom.é", "Custom.a"),
        *("custom.a\n", "custom.-a", "custom.a-", "custom." + "a" * 41, "custom.a.b.c.d.e", "customs.a"),
    ],
)
def test_names_that_are_refused(name: str) -> None:
    """No event of aegisd's own can be forged, and a name fits every list and header."""
    with pytest.raises(EmitError) as caught:
        check_type(name)
    assert "custom." in (caught.value.hint or "")


def test_bounds() -> None:
    """64 KiB and 16 levels, and not one more."""
    room = MOST_BYTES - len(b'{"t":""}')
    make_data("custom.a", {"t": "x" * room})
    with pytest.raises(EmitError, match="64 KiB"):
        make_data("custom.a", {"t": "x" * (room + 1)})
    deep: Any = 1
    for _ in range(15):
        deep = [deep]
    make_data("custom.a", {"d": deep})
    with pytest.raises(EmitError, match="deeper"):
        make_data("custom.a", {"d": [[deep]]})


def test_who_emitted_cannot_be_forged() -> None:
    """`by` is aegisd's to fill in."""
    assert make_data("custom.a", {"x": 1}, by="dev1") == Custom(type="custom.a", fields={"by": "dev1", "x": 1})
    with pytest.raises(EmitError, match="by"):
        make_data("custom.a", {"by": "root"})


@frozen(kw_only=True)
class Prompted:
    """A registered type."""

    type: ClassVar[str] = "llm.prompted"
    model: str
    tokens: int = 0


REGISTERED: Mapping[str, type[Any]] = {"llm.prompted": Prompted}


def test_registered_types() -> None:
    """A registered type takes the fields of its class, with their types, and no others."""
    assert make_data("llm.prompted", {"model": "m", "tokens": 3}, registered=REGISTERED) == Prompted(
        model="m", tokens=3
    )
    for fields in ({}, {"model": 3}, {"model": "m", "more": 1}):
        with pytest.raises(EmitError):
            make_data("llm.prompted", fields, registered=REGISTERED)


def test_a_run_does_not_change_by_them() -> None:
    """The fold passes custom events over, before, during and after a run, of a step or not."""
    run = RunState(id=1)
    apply(run, make_event(Custom(type="custom.workflow.completed"), run=1))
    apply(run, make_event(Custom(type="custom.a"), run=1, index=3, step="unit"))
    assert (run.state, run.steps, run.last_seq) == (None, {}, 1)
