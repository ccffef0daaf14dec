"""Events and definitions to JSON and back, through msgspec (0.4 us an event; the standard library takes ten times
that).

What a later version wrote stays readable: an unknown event type becomes `Unknown`, unknown fields are passed over.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import evolve, fields, frozen

from aegisd.core.events import EVENT_TYPES, Custom, Event, EventData, Unknown
from aegisd.core.events.custom import PREFIX
from aegisd.core.model import Step, Workflow
from aegisd.core.variables import hide_variables

_encode = msgspec.json.Encoder().encode
_ENVELOPE = ("workflow", "run", "step", "index", "attempt", "phase", "cause")


@frozen(kw_only=True)
class _Envelope:
    """An event whose data is still JSON."""

    seq: int
    id: str
    type: str
    time: str
    data: msgspec.Raw
    workflow: str | None = None
    run: int | None = None
    step: str | None = None
    index: int | None = None
    attempt: int | None = None
    phase: str | None = None
    cause: int | None = None


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decoders = {name: msgspec.json.Decoder(kind).decode for name, kind in EVENT_TYPES.items()}


def encode_event(event: Event) -> bytes:
    """`event` as one JSON object; fields of the envelope that do not apply are left out."""
    data = event.data
    message: dict[str, Any] = {"seq": event.seq, "id": event.id, "type": event.type, "time": event.time}
    for name in _ENVELOPE:
        value = getattr(event, name)
        if value is not None:
            message[name] = value
    message["data"] = data.fields if isinstance(data, Unknown | Custom) else data
    return _encode(message)


def decode_event(body: bytes | str) -> Event:
    """The event in `body`. Raises ValueError (msgspec's) when it is none."""
    envelope = _decode_envelope(body)
    known = {name: getattr(envelope, name) for name in ("seq", "id", "type", "time", *_ENVELOPE)}
    return Event(data=_decode_data(envelope.type, envelope.data), **known)


def encode_workflow(workflow: Workflow) -> bytes:
    """`workflow` as JSON with sorted keys, without the values of variables: equal definitions give equal bytes."""
    return msgspec.json.encode(hide_variables(workflow), order="sorted")


def decode_workflow(body: bytes | str, *, step_types: Mapping[str, type[Any]]) -> Workflow:
    """The definition in `body`, its `references` as they were written; the spec of each step becomes a value of its
    type's class.

    Raises ValueError when a step is of a type that is not in `step_types`, or when the JSON does not fit.
    """
    raw = msgspec.json.decode(body, type=Workflow)
    return evolve(raw, steps=tuple(_structure_step(step, step_types) for step in raw.steps))


def encode_value(value: object) -> bytes:
    """`value` as JSON. Raises TypeError or ValueError for what JSON cannot say."""
    return _encode(value)


def decode_value(body: bytes) -> Any:
    """The opposite of `encode_value`, as dicts, lists and scalars. Raises ValueError."""
    return msgspec.json.decode(body)


def to_plain(value: object) -> Any:
    """`value` (attrs, enums, tuples) as dicts, lists and scalars that `json` can write."""
    return msgspec.to_builtins(value)


def _decode_data(name: str, raw: msgspec.Raw) -> EventData:
    decode = _decoders.get(name)
    if decode is None and name.startswith(PREFIX):
        return Custom(type=name, fields=msgspec.json.decode(raw))
    if decode is None:
        return Unknown(fields=msgspec.json.decode(raw))
    data: EventData = decode(raw)
    return data


def _structure_step(step: Step, step_types: Mapping[str, type[Any]]) -> Step:
    kind = step_types.get(step.type)
    if kind is None:
        message = f'step "{step.name}" is of type "{step.type}", which this version does not have'
        raise ValueError(message)
    plain = {name: value for name, value in step.spec.items() if name in {field.name for field in fields(kind)}}
    return evolve(step, spec=msgspec.convert(plain, kind))
