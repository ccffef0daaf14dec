"""Why in words, about approvals. Pure; what users wrote is passed on as it is, for who shows it to escape."""

from collections.abc import Sequence

from aegisd.core import events
from aegisd.core.events import Event
from aegisd.wire.units import format_duration

_DECIDED = (events.ApprovalGranted, events.ApprovalRejected, events.ApprovalExpired)


def say_approval(event: Event) -> str | None:
    """What an event says about a question to a person; None for other events."""
    match event.data:
        case events.ApprovalRequested(message=message):
            return f"{event.step} asked: {message}"
        case events.ApprovalGranted(by=by, reason=reason):
            return f"{by} approved {event.step}" + (f": {reason}" if reason else "")
        case events.ApprovalRejected(by=by, reason=reason):
            return f"{by} rejected {event.step}" + (f": {reason}" if reason else "")
        case events.ApprovalExpired(waited_s=waited):
            return f"nobody decided about {event.step} within {format_duration(waited)}"
    return None


def find_open_question(history: Sequence[Event], step: str | None) -> Event | None:
    """The question of `step` that nobody has decided yet."""
    last = next((event for event in reversed(history) if event.step == step and say_approval(event)), None)
    return None if last is None or isinstance(last.data, _DECIDED) else last


def say_open(asked: Event) -> str:
    """That a step waits, and what to do about it."""
    return f"{asked.step} waits for a person: aegisctl approve {asked.run} {asked.step}, or reject"
