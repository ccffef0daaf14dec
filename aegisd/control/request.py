"""A call as it comes off the wire."""

from typing import Any

from attrs import frozen

from aegisd.wire.framing import FramingError, decode_message


@frozen(kw_only=True)
class Request:
    """`more`: the client takes several replies; `oneway`: it takes none; `upgrade`: it asks for another protocol."""

    method: str
    parameters: dict[str, Any]
    more: bool
    oneway: bool
    upgrade: bool


def decode_request(frame: bytes) -> Request:
    """The call in `frame`; members that Varlink does not know are passed over. Raises FramingError when it is none."""
    message = decode_message(frame)
    method = message.get("method")
    parameters = message.get("parameters")
    if not isinstance(method, str) or not isinstance(parameters, dict | None):
        text = "a message is not a Varlink call"
        raise FramingError(text)
    return Request(
        method=method,
        parameters=parameters or {},
        more=_read_flag(message, "more"),
        oneway=_read_flag(message, "oneway"),
        upgrade=_read_flag(message, "upgrade"),
    )


def _read_flag(message: dict[str, Any], name: str) -> bool:
    value = message.get(name)
    if not isinstance(value, bool | None):
        text = f'"{name}" of a call is not a boolean'
        raise FramingError(text)
    return bool(value)
