"""What becomes of runs, as lines of aegisd's own log: a reader of the timeline like any other, at its own pace.

Each line has the fields `run`, `workflow`, `step`, `attempt`, `result`, `event` and `seq`, so that the journal can be
asked for one run. Steps that pass are told at level debug only: a host makes thousands of them, and the journal drops
what comes too fast. The output of steps is never here.
"""

import logging
from collections.abc import Mapping
from typing import Any

from aegisd.core import events
from aegisd.core.events import Event
from aegisd.core.model import Result
from aegisd.core.record import EventFilter, StoreError
from aegisd.timeline.ring import Ring
from aegisd.timeline.tail import Gap, History, Tail

_log = logging.getLogger("aegisd.runs")


async def log_runs(*, ring: Ring, store: History) -> None:
    """Write a line for each event about a run that is announced from now on; ends with the timeline."""
    tail = Tail(ring=ring, store=store, wanted=EventFilter(), cursor=ring.last_seq)
    while await tail.wait():
        try:
            for record in await tail.read():
                if not isinstance(record, Gap):
                    _log_event(record.event)
        except StoreError:
            tail.cursor = ring.last_seq  # the recorder has said what is wrong with the store
        except Exception:  # noqa: BLE001 - the boundary: a line of the log is not worth a daemon
            _log.exception("events could not be told, this is a bug")
            tail.cursor = ring.last_seq


def describe_event(event: Event) -> tuple[int, str] | None:
    """The level of an event about a run, and what it says; None for one that no line is written for."""
    return _describe_run(event.data) if event.step is None else _describe_step(event.data)


def _describe_run(data: events.EventData) -> tuple[int, str] | None:
    level, text = logging.INFO, ""
    match data:
        case events.WorkflowQueued():
            text = f"accepted: {_describe_trigger(data)}"
        case events.WorkflowStarted():
            text = f"started after {data.queued_s:.1f} s in the queue"
        case events.WorkflowResumed():
            text = f"goes on after a restart; again: {', '.join(data.interrupted) or 'no step'}"
        case events.CancellationRequested():
            text = f"is to be cancelled, says {data.by}" + _append(data.reason)
        case events.WorkflowCompleted():
            level = logging.WARNING if data.result is Result.ERROR else logging.INFO
            text = f"ended: {data.result} in {data.duration_s:.1f} s" + _append(data.reason)
    return (level, text) if text else None


def _describe_step(data: events.EventData) -> tuple[int, str] | None:
    level, text = logging.DEBUG, ""
    match data:
        case events.StepStarted():
            text = "started"
        case events.StepAdopted():
            level, text = logging.INFO, "taken over" + (", it has ended meanwhile" if data.ended else "")
        case events.StepRetrying():
            level, failed = logging.INFO, data.failed
            text = f"attempt {failed.attempt}: {failed.result}{_append(failed.error)}; tried again"
        case events.StepCompleted():
            level = logging.DEBUG if data.success else logging.INFO
            text = f"ended: {data.result} in {data.duration_s:.1f} s" + _append(data.error)
        case events.StepSkipped():
            text = f"skipped: {data.reason}"
    return (level, text) if text else None


def _log_event(event: Event) -> None:
    told = describe_event(event) if event.run is not None else None
    if told is None or not _log.isEnabledFor(told[0]):
        return
    subject = f"run {event.run} ({event.workflow})" + (f", step {event.step}" if event.step else "")
    _log.log(told[0], "%s %s", subject, told[1], extra={"aegis": _list_fields(event)})


def _list_fields(event: Event) -> Mapping[str, Any]:
    result = getattr(event.data, "result", None)
    return {
        "run": event.run,
        "workflow": event.workflow,
        "step": event.step,
        "attempt": event.attempt,
        "result": None if result is None else str(result),
        "event": event.type,
        "seq": event.seq,
    }


def _describe_trigger(data: events.WorkflowQueued) -> str:
    trigger = data.trigger
    words = [trigger.kind, *([trigger.name] if trigger.name else []), *([f"by {trigger.by}"] if trigger.by else [])]
    return " ".join(words) + _append(data.reason)


def _append(reason: str | None) -> str:
    return f": {reason}" if reason else ""
