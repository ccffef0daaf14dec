"""Why in words, about attempts that an executor carries out. Pure."""

from aegisd.core import events
from aegisd.core.events import Event
from aegisd.wire.units import format_duration


def say_job(event: Event) -> str | None:
    """What an event says about a job; None for other events."""
    match event.data:
        case events.StepSubmitted(executor=executor, job=job, job_id=number):
            return f"{event.step} was handed to {executor} as job {number or job}"
        case events.StepWaiting(executor=executor, reason=reason):
            return f"{event.step} waits at {executor}: {reason}"
        case events.StepPlaced(executor=executor, nodes=nodes, waited_s=waited):
            return f"{event.step} runs on {nodes} of {executor}, after {format_duration(waited)}"
    return None
