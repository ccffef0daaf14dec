"""What is counted of the timeline, and how it is exported."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aegisd.core import events
from aegisd.core.events import Event
from aegisd.core.meters import OTHER, Histogram, Meters
from aegisd.core.model import Attempt, Result
from aegisd.core.otlp import Load, Resource, encode_metrics
from tests.core.histories import ended, queued, started

SINCE = "2026-11-21T08:00:00.000Z"


def _event(data: Any, workflow: str | None = "ci", kind: str | None = None) -> Event:
    return Event(seq=1, id="", type=kind or data.type, time=SINCE, data=data, run=7, workflow=workflow)


def _end(result: Result, duration_s: float) -> events.WorkflowCompleted:
    return events.WorkflowCompleted(result=result, success=result is Result.SUCCESS, duration_s=duration_s, steps={})


def test_runs_are_counted() -> None:
    """Ends by workflow and result, waits by workflow, steps that did not pass; skipped ones are no errors."""
    meters = Meters(since=SINCE)
    for data in (queued(), started(0.3), ended(Result.FAILURE), ended(Result.SKIP), _end(Result.FAILURE, 4.0)):
        meters.take(_event(data))
    meters.take(_event(_end(Result.ERROR, 1.0), "other-one"))
    assert meters.events["workflow.completed"] == 2
    assert {key: (each.count, each.total) for key, each in meters.durations.items()} == {
        ("ci", "failure"): (1, 4.0),
        ("other-one", "error"): (1, 1.0),
    }
    assert (meters.waits["ci"].count, dict(meters.errors), meters.system_errors) == (1, {("ci", "failure"): 1}, 1)


def test_labels_are_bounded() -> None:
    """Types that users make up, and workflows without end, are counted together."""
    meters = Meters(since=SINCE)
    for number in range(600):
        meters.take(_event(_end(Result.SUCCESS, 1.0), f"w{number}"))
        custom = events.Custom(type=f"custom.t{number}", fields={})
        meters.take(_event(custom, None))
    meters.take(_event(events.Unknown(fields={}), None, kind="later.thing"))
    assert meters.events == {"workflow.completed": 600, "custom": 600, OTHER: 1}
    assert len(meters.durations) == 501
    assert meters.durations[OTHER, "success"].count == 100


@given(st.lists(st.floats(0, 1e6)))
def test_a_histogram_loses_nothing(values: list[float]) -> None:
    """Each value is in the first bucket whose bound it does not exceed."""
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    assert histogram.count == len(values)
    below = 0
    for bound, count in zip(histogram.bounds, histogram.counts, strict=False):
        below += count
        assert below == sum(value <= bound for value in values)


def test_metrics_in_otlp() -> None:
    """The names of the conventions; sums that grow are monotonic, those of now are not."""
    meters = Meters(since=SINCE)
    data = events.StepCompleted(
        step_type="command",
        result=Result.FAILURE,
        success=False,
        duration_s=1.0,
        attempts=(Attempt(attempt=1, result=Result.FAILURE, duration_s=1.0),),
    )
    for each in (started(0.5), data, _end(Result.FAILURE, 2.0)):
        meters.take(_event(each))
    load = Load(executing={"ci": 1}, waiting={"ci": 0}, busy=1, idle=3)
    told = encode_metrics(meters, load, Resource(name="h", version="1", epoch="e"), now_ns=5)
    metrics = {each["name"]: each for each in told["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]}
    assert {name: each["unit"] for name, each in metrics.items()} == {
        "cicd.pipeline.run.duration": "s",
        "cicd.pipeline.run.active": "{run}",
        "cicd.worker.count": "{count}",
        "cicd.pipeline.run.errors": "{error}",
        "cicd.system.errors": "{error}",
    }
    grows = {name: each["sum"]["isMonotonic"] for name, each in metrics.items() if "sum" in each}
    assert [name for name, each in grows.items() if each] == ["cicd.pipeline.run.errors", "cicd.system.errors"]
    ran, waited = metrics["cicd.pipeline.run.duration"]["histogram"]["dataPoints"]
    assert (ran["count"], ran["sum"], waited["sum"], ran["timeUnixNano"]) == ("1", 2.0, 0.5, "5")
    assert [point["asInt"] for point in metrics["cicd.worker.count"]["sum"]["dataPoints"]] == ["1", "3"]
