"""The spans of a run for tracing, made of its events: one for the run, from the queue to its end, and one for each
attempt. When those began and ended is what `spans.py` finds.

Names and attributes are those of OpenTelemetry's semantic conventions for CI/CD
(https://opentelemetry.io/docs/specs/semconv/cicd/); what those have no word for begins with `aegis.`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any

from attrs import evolve, field, frozen

from aegisd.core import events
from aegisd.core.events import Event
from aegisd.core.model import Attempt, Result
from aegisd.core.spans import Doing, find_moments, find_spans
from aegisd.core.trace import TraceContext, attempt_span, run_span, trace_of_run

_BROKEN = frozenset({Result.FAILURE, Result.ERROR, Result.TIMEOUT})


class SpanKind(IntEnum):
    """The kinds of spans that there are here, with their numbers in OTLP."""

    INTERNAL = 1
    SERVER = 2


@frozen(kw_only=True)
class Note:
    """Something that happened within a span."""

    name: str
    time_ns: int
    attributes: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Span:
    """One span; times are nanoseconds since 1970. `is_broken`: its status is an error, None: not known yet. `message`
    says why."""

    trace: str
    id: str
    parent: str | None
    name: str
    kind: SpanKind
    start_ns: int
    end_ns: int
    attributes: Mapping[str, Any]
    is_broken: bool | None = None
    message: str | None = None
    notes: tuple[Note, ...] = ()


@frozen(kw_only=True)
class Spans:
    """The spans of a run, that of the run first. `is_over`: it has ended; else its span ends with its newest event.
    `is_sampled` is false where whoever began the trace does not keep it."""

    run: int
    spans: tuple[Span, ...]
    is_over: bool
    is_sampled: bool


def make_spans(history: Sequence[Event], *, epoch: str, url: str | None = None) -> Spans:
    """The spans of the run whose events are `history`, all of them in order. `epoch` is that of the store when the run
    was accepted, `url` where the run can be looked at. Raises ValueError without a `workflow.queued`."""
    queued = history[0] if history else None
    if queued is None or queued.run is None or not isinstance(queued.data, events.WorkflowQueued):
        message = "these are not the events of a run"
        raise ValueError(message)
    context = trace_of_run(queued.run, epoch=epoch, traceparent=queued.data.trigger.traceparent)
    own = run_span(queued.run, epoch=epoch)
    started = next((each for each in history if isinstance(each.data, events.WorkflowStarted)), None)
    anchor = _to_ns((started or queued).time)
    attempts = _make_attempts(history, anchor, context=evolve(context, parent=own), epoch=epoch, url=url)
    end = next((each.data for each in history if isinstance(each.data, events.WorkflowCompleted)), None)
    over_ns = _to_ns(history[-1].time) if started is None or end is None else anchor + _seconds(end.duration_s)
    root = Span(
        trace=context.trace,
        id=own,
        parent=context.parent,
        name=f"RUN {queued.workflow}",
        kind=SpanKind.SERVER,
        start_ns=_to_ns(queued.time),
        end_ns=max(anchor, over_ns, *(span.end_ns for span in attempts)),
        attributes=_describe_run(queued, end, url),
        is_broken=None if end is None else end.result in _BROKEN,
        message=None if end is None else end.reason,
        notes=_list_notes(history, anchor),
    )
    return Spans(run=queued.run, spans=(root, *attempts), is_over=end is not None, is_sampled=context.is_sampled)


def _describe_run(queued: Event, end: events.WorkflowCompleted | None, url: str | None) -> dict[str, Any]:
    attributes = {
        "cicd.pipeline.name": queued.workflow or "",
        "cicd.pipeline.run.id": str(queued.run),
        "cicd.pipeline.action.name": "RUN",
        **({"cicd.pipeline.run.url.full": url} if url else {}),
        **_describe_trigger(queued.data),
    }
    if end is None:
        return {**attributes, "cicd.pipeline.run.state": "executing"}
    attributes["cicd.pipeline.result"] = end.result.value
    return attributes | ({"error.type": end.result.value} if end.result in _BROKEN else {})


def _make_attempts(
    history: Sequence[Event], anchor: int, *, context: TraceContext, epoch: str, url: str | None
) -> list[Span]:
    """The attempts that have ended, by their begin. `anchor` is when the run began; a clock that is set moves none."""
    begun = {each.index: each for each in history if isinstance(each.data, events.StepStarted)}
    told = _list_attempts(history)
    run, spans = history[0].run or 0, []
    for index, doings in find_spans(history).items():
        for each in doings:
            attempt = told.get((index, each.attempt))
            if each.doing is Doing.PAUSE or each.end_s is None or attempt is None:
                continue
            spans.append(
                Span(
                    trace=context.trace,
                    id=attempt_span(run, epoch=epoch, index=index, attempt=attempt.attempt),
                    parent=context.parent,
                    name=begun[index].step or "",
                    kind=SpanKind.INTERNAL,
                    start_ns=anchor + _seconds(each.start_s),
                    end_ns=anchor + _seconds(each.end_s),
                    attributes=_describe_attempt(begun[index], attempt, url),
                    is_broken=attempt.result in _BROKEN,
                    message=attempt.error,
                )
            )
    return sorted(spans, key=lambda span: span.start_ns)


def _list_attempts(history: Iterable[Event]) -> dict[tuple[int, int], Attempt]:
    """How each attempt ended, by the place of its step and its number."""
    told = {}
    for event in history:
        match event.data:
            case events.StepRetrying(failed=ended) | events.StepInterrupted(cut=ended):
                told[event.index or 0, ended.attempt] = ended
            case events.StepCompleted(attempts=attempts):
                told |= {(event.index or 0, each.attempt): each for each in attempts}
    return told


def _describe_attempt(begun: Event, attempt: Attempt, url: str | None) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "cicd.pipeline.task.name": begun.step or "",
        "cicd.pipeline.task.run.id": f"{begun.run}/{begun.index}/{attempt.attempt}",
        "cicd.pipeline.task.run.result": attempt.result.value,
        "aegis.step.attempt": attempt.attempt,
    }
    if isinstance(begun.data, events.StepStarted):
        attributes["aegis.step.type"] = begun.data.step_type
    if url:
        attributes["cicd.pipeline.task.run.url.full"] = url
    if attempt.exit_code is not None:
        attributes["process.exit.code"] = attempt.exit_code
    if begun.phase is not None:
        attributes["aegis.phase"] = begun.phase
    if attempt.result in _BROKEN:
        attributes["error.type"] = attempt.result.value
    return attributes


def _describe_trigger(data: object) -> dict[str, Any]:
    if not isinstance(data, events.WorkflowQueued):
        return {}
    trigger = data.trigger
    given = {
        "aegis.trigger.kind": trigger.kind,
        "aegis.trigger.name": trigger.name,
        "vcs.ref.head.name": None if trigger.ref is None else trigger.ref.removeprefix("refs/heads/"),
        "vcs.ref.head.revision": trigger.sha,
    }
    return {name: value for name, value in given.items() if value is not None}


def _list_notes(history: Sequence[Event], anchor: int) -> tuple[Note, ...]:
    """What the span of the run tells of: when it left the queue, went on after a crash, was to be cancelled, and the
    steps that were skipped."""
    notes = []
    for event, moment in zip(history, find_moments(history), strict=True):
        time_ns = anchor + _seconds(moment)
        match event.data:
            case events.WorkflowStarted() | events.WorkflowResumed() | events.CancellationRequested():
                notes.append(Note(name=event.type, time_ns=time_ns))
            case events.StepSkipped():
                attributes = {"cicd.pipeline.task.name": event.step or "", "aegis.reason": event.data.reason}
                notes.append(Note(name=event.type, time_ns=time_ns, attributes=attributes))
    return tuple(notes)


def _to_ns(time: str) -> int:
    return round(datetime.fromisoformat(time).timestamp() * 1000) * 1_000_000


def _seconds(value: float) -> int:
    return round(value * 1e9)
