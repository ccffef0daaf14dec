"""Why in words, about attempts that an executor carries out. Pure."""

from collections.abc import Sequence

from aegisd.core import events
from aegisd.core.events import Event
from aegisd.wire.units import format_duration

JOB_EVENTS = ("step.submitted", "step.waiting", "step.placed")


def say_job(event: Event) -> str | None:
    """What an event says about a job; None for other events."""
    match event.data:
        case events.StepSubmitted(executor=executor, job=job, job_id=number):
            return f"{event.step} was handed to {executor} as job {number or job}"
        case events.StepWaiting(executor=executor, reason=reason):
            return f"{event.step} waits at {executor}: {reason}"
        case events.StepPlaced(executor=executor, nodes=nodes, waited_s=waited):
            return f"{event.step} runs on {nodes} ({executor}), after {format_duration(waited)}"
    return None


def find_open_wait(history: Sequence[Event], step: str | None) -> Event | None:
    """The wait of `step` in the queue of its executor that has not ended yet."""
    last = next((event for event in reversed(history) if event.step == step), None)
    return last if last is not None and isinstance(last.data, events.StepWaiting) else None
