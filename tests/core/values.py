"""Any value of the classes in `aegisd.core`, built from their annotations, for hypothesis."""

import enum
import types
import typing
from collections.abc import Mapping
from typing import Any

import attrs
from hypothesis import strategies as st

from aegisd.core.events import EVENT_TYPES, Event

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_count = st.integers(0, 2**53)
_plain = st.recursive(
    st.none() | st.booleans() | _count | _text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_text, inner, max_size=2),
    max_leaves=4,
)
_SCALARS: dict[object, st.SearchStrategy[Any]] = {
    str: _text,
    int: _count,
    float: st.floats(0, 1e9),
    bool: st.booleans(),
    type(None): st.none(),
    Any: _plain,
}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of the annotation `kind`."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if isinstance(kind, types.UnionType) or origin is typing.Union:
        return st.one_of(*(values_of(one) for one in arguments))
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if origin is Mapping or origin is dict:
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=3)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return st.sampled_from(kind)
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{field.name: values_of(hints[field.name]) for field in attrs.fields(kind)})


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Any event of a known type."""
    kind = draw(st.sampled_from(sorted(EVENT_TYPES.values(), key=lambda one: str(one.type))))
    envelope = {
        field.name: draw(values_of(typing.get_type_hints(Event)[field.name]))
        for field in attrs.fields(Event)
        if field.name not in {"type", "data"}
    }
    return Event(type=kind.type, data=draw(values_of(kind)), **envelope)
