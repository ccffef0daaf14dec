"""Spans and measures as OTLP says them in JSON (https://opentelemetry.io/docs/specs/otlp/, `opentelemetry/proto`):
ids in hexadecimal, enums as numbers, 64-bit integers as text, attributes as lists."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from aegisd.core.meters import Histogram, Meters
from aegisd.core.trace_spans import Note, Span

_OK, _ERROR = 1, 2
_CUMULATIVE = 2
_SCOPE = "io.aegisd"
_MOST_MESSAGE = 1000


@frozen(kw_only=True)
class Resource:
    """What is told of: an aegisd of a `version`, on a host, with the store `epoch`."""

    name: str
    version: str
    epoch: str

    def encode(self) -> dict[str, Any]:
        """As a message `Resource`."""
        attributes = {
            "service.name": "aegis",
            "service.version": self.version,
            "service.instance.id": self.epoch,
            "host.name": self.name,
        }
        return {"attributes": encode_attributes(attributes)}


@frozen(kw_only=True)
class Load:
    """What there is now: executing and waiting runs of each workflow, slots that are taken and free."""

    executing: Mapping[str, int]
    waiting: Mapping[str, int]
    busy: int
    idle: int


def encode_spans(spans: Iterable[Span], resource: Resource) -> dict[str, Any]:
    """An `ExportTraceServiceRequest`."""
    scope = {"name": _SCOPE, "version": resource.version}
    scoped = {"scope": scope, "spans": [_encode_span(each) for each in spans]}
    return {"resourceSpans": [{"resource": resource.encode(), "scopeSpans": [scoped]}]}


def encode_metrics(meters: Meters, load: Load, resource: Resource, *, now_ns: int) -> dict[str, Any]:
    """An `ExportMetricsServiceRequest`: everything since counting began, so that one that is lost costs nothing."""
    times = {"startTimeUnixNano": str(_to_ns(meters.since)), "timeUnixNano": str(now_ns)}
    metrics = [
        _histogram("cicd.pipeline.run.duration", "How long runs took.", _list_durations(meters), times),
        _sum("cicd.pipeline.run.active", "Runs that wait or execute.", "{run}", _list_active(load), times),
        _sum("cicd.worker.count", "Slots for runs.", "{count}", _list_slots(load), times),
        _sum(
            "cicd.pipeline.run.errors",
            "Steps that did not pass.",
            "{error}",
            [
                ({"cicd.pipeline.name": workflow, "error.type": result}, count)
                for (workflow, result), count in meters.errors.items()
            ],
            times,
            grows=True,
        ),
        _sum(
            "cicd.system.errors",
            "Runs that ended because aegis or its host failed.",
            "{error}",
            [({"cicd.system.component": "controller", "error.type": "error"}, meters.system_errors)],
            times,
            grows=True,
        ),
    ]
    scope = {"scope": {"name": _SCOPE, "version": resource.version}, "metrics": metrics}
    return {"resourceMetrics": [{"resource": resource.encode(), "scopeMetrics": [scope]}]}


def encode_attributes(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A list of `KeyValue`s."""
    return [{"key": key, "value": _encode_value(value)} for key, value in attributes.items()]


def _encode_value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case _:
            return {"stringValue": str(value)}


def _encode_span(span: Span) -> dict[str, Any]:
    status: dict[str, Any] = {}
    if span.is_broken is not None:
        status = {"code": _ERROR if span.is_broken else _OK}
        if span.is_broken and span.message:
            status["message"] = span.message[:_MOST_MESSAGE]
    return {
        "traceId": span.trace,
        "spanId": span.id,
        **({"parentSpanId": span.parent} if span.parent else {}),
        "name": span.name,
        "kind": int(span.kind),
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": encode_attributes(span.attributes),
        "events": [_encode_note(note) for note in span.notes],
        "status": status,
    }


def _encode_note(note: Note) -> dict[str, Any]:
    return {"name": note.name, "timeUnixNano": str(note.time_ns), "attributes": encode_attributes(note.attributes)}


def _histogram(
    name: str, text: str, series: Iterable[tuple[Mapping[str, str], Histogram]], times: Mapping[str, str]
) -> dict[str, Any]:
    points = [
        {
            **times,
            "attributes": encode_attributes(attributes),
            "count": str(each.count),
            "sum": each.total,
            "bucketCounts": [str(count) for count in each.counts],
            "explicitBounds": list(each.bounds),
        }
        for attributes, each in series
    ]
    histogram = {"aggregationTemporality": _CUMULATIVE, "dataPoints": points}
    return {"name": name, "description": text, "unit": "s", "histogram": histogram}


def _sum(
    name: str,
    text: str,
    unit: str,
    series: Sequence[tuple[Mapping[str, str], int]],
    times: Mapping[str, str],
    *,
    grows: bool = False,
) -> dict[str, Any]:
    points = [
        {**times, "attributes": encode_attributes(attributes), "asInt": str(count)} for attributes, count in series
    ]
    told = {"aggregationTemporality": _CUMULATIVE, "isMonotonic": grows, "dataPoints": points}
    return {"name": name, "description": text, "unit": unit, "sum": told}


def _list_durations(meters: Meters) -> list[tuple[Mapping[str, str], Histogram]]:
    """In the state `executing`, by how they ended; in the state `pending`, of all that have begun."""
    ended = [
        (
            {
                "cicd.pipeline.name": workflow,
                "cicd.pipeline.run.state": "executing",
                "cicd.pipeline.result": result,
                **({"error.type": result} if result in {"failure", "error", "timeout"} else {}),
            },
            each,
        )
        for (workflow, result), each in meters.durations.items()
    ]
    waited = [
        ({"cicd.pipeline.name": workflow, "cicd.pipeline.run.state": "pending"}, each)
        for workflow, each in meters.waits.items()
    ]
    return [*ended, *waited]


def _list_active(load: Load) -> list[tuple[Mapping[str, str], int]]:
    states = (("executing", load.executing), ("pending", load.waiting))
    return [
        ({"cicd.pipeline.name": workflow, "cicd.pipeline.run.state": state}, count)
        for state, counts in states
        for workflow, count in counts.items()
    ]


def _list_slots(load: Load) -> list[tuple[Mapping[str, str], int]]:
    return [({"cicd.worker.state": "busy"}, load.busy), ({"cicd.worker.state": "idle"}, load.idle)]


def _to_ns(time: str) -> int:
    return round(datetime.fromisoformat(time).timestamp() * 1000) * 1_000_000
