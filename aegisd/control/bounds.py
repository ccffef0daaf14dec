"""Numbers of calls that have bounds which the interface file cannot say."""

from collections.abc import Mapping
from typing import Any

from aegisd.wire.errors import CallError


def read_number(parameters: Mapping[str, Any], name: str, *, least: int, most: int | None = None) -> int | None:
    """The number `name` of a call, None when it was not given. Raises CallError BadParameter outside of its bounds."""
    value: int | None = parameters.get(name)
    if value is None or (value >= least and (most is None or value <= most)):
        return value
    allowed = f"at least {least}" if most is None else f"{least} to {most}"
    message = f"{name} is {value}; it must be {allowed}"
    raise CallError("BadParameter", message)
