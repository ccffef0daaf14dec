"""The filter of a call about events, from its parameters: the same for all methods that take one."""

from typing import Any

from aegisd.control.call import Call
from aegisd.core.event_filter import EventFilter, is_type_pattern
from aegisd.moments import parse_moment
from aegisd.wire.errors import CallError

_LISTS = ("types", "workflows", "steps", "phases", "results", "tasks", "roles")
_MOST = 64


def read_filter(call: Call) -> EventFilter:
    """The filter that `call` asks for. Raises CallError BadParameter; an empty list is refused, since one reader takes
    it for "all" and another for "none"."""
    asked = call.parameters
    lists: dict[str, Any] = {name: _read_list(asked[name], name) for name in _LISTS if name in asked}
    for text in lists.get("types", ()):
        if not is_type_pattern(text):
            message = f'"{text[:80]}" is no event type'
            raise CallError("BadParameter", message, hint='a type such as "step.completed", or "step.*", or "*"')
    return EventFilter(
        run=asked.get("run"),
        since=parse_moment(asked.get("since"), name="since", now=call.now),
        until=parse_moment(asked.get("until"), name="until", now=call.now),
        **lists,
    )


def _read_list(values: list[str], name: str) -> frozenset[str]:
    if not 1 <= len(values) <= _MOST:
        message = f"{name} has {len(values)} entries; it must have 1 to {_MOST}"
        raise CallError("BadParameter", message, hint=f"leave {name} out for all")
    return frozenset(values)
