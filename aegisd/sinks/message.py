"""What the formats share: the event with everything that a message may tell of it, and its JSON as `aegis` sends it.

The names of aegis_qa (`event_type`, `timestamp`, `workflow_name`, and in `data` the durations in milliseconds and the
counts of steps) stand beside those of the timeline, so that its receivers work unchanged.
"""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from aegisd.core.codec import decode_value, encode_value
from aegisd.core.events import Event, EventData, StepCompleted, WorkflowCompleted

VERSION = 1
_DATA = b'"data":'
_LARGEST_DATA = 16 * 1024
_LARGEST_FIELD = 1024


@frozen(kw_only=True)
class Message:
    """An event for a receiver, and its JSON as the timeline has it. `host` is the daemon's name, `url` the run's page,
    `params` the run's parameters."""

    event: Event
    encoded: bytes
    host: str
    url: str | None = None
    params: Mapping[str, str] = field(factory=dict)


def encode_message(message: Message) -> bytes:
    """The body of the format `aegis`: one JSON object, compact, UTF-8, below 20 kB but for a huge name."""
    event = message.event
    head = encode_value(
        {
            "event_type": event.type,
            "type": event.type,
            "timestamp": event.time,
            "workflow_name": event.workflow,
            "id": event.id,
            "seq": event.seq,
            "run": event.run,
            "step": event.step,
            "attempt": event.attempt,
            "url": message.url,
            "version": VERSION,
        }
    )
    return head[:-1] + b',"data":' + _encode_data(message) + b"}"


def _encode_data(message: Message) -> bytes:
    """The event's data with the names of aegis_qa. Of large data the large fields are left out, and named in
    `left_out`: a message is a notice, and the event itself has everything.

    The JSON of the event is used as it is: no quote inside of a string is bare, so the first `"data":` is the key."""
    encoded = message.encoded
    data = encoded[encoded.index(_DATA) + len(_DATA) : -1]
    more = _tell_more(message.event.data)
    if len(data) > _LARGEST_DATA:
        plain: dict[str, Any] = decode_value(data)
        left_out = [name for name, value in plain.items() if len(encode_value(value)) > _LARGEST_FIELD]
        kept = {name: value for name, value in plain.items() if name not in left_out}
        return encode_value({**kept, **more, "left_out": left_out})
    return data[:-1] + b"," + encode_value(more)[1:] if more else data


def _tell_more(data: EventData) -> dict[str, Any]:
    if isinstance(data, StepCompleted):
        return {"duration_ms": round(data.duration_s * 1000, 3)}
    if isinstance(data, WorkflowCompleted):
        return {
            "total_duration_ms": round(data.duration_s * 1000, 3),
            "steps_passed": data.steps.get("success", 0),
            "steps_failed": sum(data.steps.get(result, 0) for result in ("failure", "error", "timeout")),
        }
    return {}
