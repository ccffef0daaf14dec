"""The format `cloudevents`: CloudEvents 1.0 in structured mode. `data` is what the format `aegis` sends. Pure."""

from aegisd.core.codec import encode_value
from aegisd.sinks.message import Message, encode_message

_PREFIX = "io.aegisd."


def encode_cloudevent(message: Message) -> bytes:
    """One event (github.com/cloudevents/spec, v1.0.2); `sequence` is an extension that counts without holes."""
    event = message.event
    head = {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/hosts/{message.host}/aegis",
        "type": _PREFIX + event.type,
        "time": event.time,
        "datacontenttype": "application/json",
        "sequence": f"{event.seq:020}",
    }
    if event.run is not None:
        head["subject"] = f"runs/{event.run}"
    return encode_value(head)[:-1] + b',"data":' + encode_message(message) + b"}"
