"""The desk of telemetry over a store in memory: the trace of a run, whatever became of the store since."""

from typing import Any

import pytest
from attrs import evolve

from aegisd.config.values import Config, ControlConfig, DaemonConfig
from aegisd.core import events
from aegisd.core.codec import encode_event
from aegisd.core.events import Event
from aegisd.core.model import Result, Trigger
from aegisd.core.record import Batch, Record
from aegisd.core.trace import run_span
from aegisd.store.memory import MemoryStore
from aegisd.telemetry_desk import TelemetryDesk
from aegisd.timeline.identity import Clock
from aegisd.timeline.ring import Ring
from aegisd.wire.errors import CallError
from tests.store.kit import at

CONFIG = Config(
    path="aegis.toml",
    files=("aegis.toml",),
    daemon=DaemonConfig(name="buildhost", state_dir="/x"),
    control=ControlConfig(socket="/x/s"),
    workflows={},
)


def _record(seq: int, data: Any, run: int | None = None) -> Record:
    workflow = None if run is None else "ci"
    event = Event(seq=seq, id="", type=data.type, time=at(seq), data=data, run=run, workflow=workflow)
    return Record(event=event, body=encode_event(event))


def _started(epoch: str) -> events.DaemonStarted:
    return events.DaemonStarted(version="1", pid=1, epoch=epoch, interrupted=())


def _queued() -> events.WorkflowQueued:
    return events.WorkflowQueued(trigger=Trigger(), definition="d", step_count=1)


def _desk(store: MemoryStore, config: Config = CONFIG) -> TelemetryDesk:
    nobody: Any = None  # a trace needs neither runs nor subscriptions
    return TelemetryDesk(
        store=store,
        ring=Ring(size=10),
        clock=Clock(),
        supervisor=nobody,
        subscriptions=nobody,
        current=lambda: config,
    )


async def test_a_trace_after_a_restored_backup() -> None:
    """The ids of a run are those that its steps were told, also when the store has another name since."""
    store = MemoryStore(epoch="new")
    end = events.WorkflowCompleted(result=Result.SUCCESS, success=True, duration_s=1.0, steps={})
    records = [
        _record(1, _started("old")),
        _record(2, _queued(), 1),
        _record(3, end, 1),
        _record(4, _started("new")),
        _record(5, _queued(), 2),
    ]
    await store.commit(Batch(records=tuple(records)))
    desk = _desk(store, evolve(CONFIG, web=evolve(CONFIG.web, url="https://ci.example.org/")))
    old, new = await desk.show_trace(1), await desk.show_trace(2)
    assert old["spans"][0]["id"] == run_span(1, epoch="old")
    assert new["spans"][0]["id"] == run_span(2, epoch="new")
    assert (old["over"], new["over"], old["spans"][0]["result"]) == (True, False, "success")
    (span,) = old["otlp"]["resourceSpans"][0]["scopeSpans"][0]["spans"]
    urls = [each["value"] for each in span["attributes"] if each["key"] == "cicd.pipeline.run.url.full"]
    assert urls == [{"stringValue": "https://ci.example.org/runs/1"}]


async def test_no_such_run() -> None:
    """Refused by its number."""
    with pytest.raises(CallError, match="there is no run #7"):
        await _desk(MemoryStore(epoch="e")).show_trace(7)
