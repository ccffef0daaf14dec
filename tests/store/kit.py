"""Stores with something in them: events and rows written as the recorder writes them."""

from collections.abc import Sequence
from typing import Any

from aegisd.core.codec import encode_event
from aegisd.core.events import CancellationRequested, Event, WorkflowCompleted
from aegisd.core.model import Result, RunSummary, State, Trigger
from aegisd.core.record import Batch, Record
from aegisd.store import Store
from aegisd.timeline.identity import format_time

START_S = 1_800_000_000.0


def at(second: float) -> str:
    """The time `second` seconds after the start of the test's world."""
    return format_time(START_S + second)


def make_event(
    seq: int,
    *,
    run: int | None = None,
    second: float | None = None,
    data: Any = None,
    kind: str | None = None,
    **place: Any,
) -> Record:
    """Event `seq`, which happened at `second` (default: its number); `place` are further fields of the envelope."""
    what = data or CancellationRequested(by=f"event {seq}")
    event = Event(
        seq=seq,
        id=f"id{seq}",
        type=kind or what.type,
        time=at(seq if second is None else second),
        data=what,
        run=run,
        workflow=None if run is None else f"w{run % 2}",
        **place,
    )
    return Record(event=event, body=encode_event(event))


def make_end(seq: int, result: Result, *, run: int) -> Record:
    """The end of `run`."""
    data = WorkflowCompleted(result=result, success=result is Result.SUCCESS, duration_s=1.0, steps={})
    return make_event(seq, run=run, data=data)


def make_run(
    number: int,
    *,
    workflow: str = "w",
    result: Result | None = Result.SUCCESS,
    state: State | None = None,
    by: str | None = None,
    kind: str = "manual",
    duration: float = 1.0,
    finished: float | None = None,
    digest: str = "d",
) -> RunSummary:
    """Row `number`, created at that second and ended 10 s later."""
    known = state or (State.FINISHED if result else State.EXECUTING)
    return RunSummary(
        id=number,
        workflow=workflow,
        state=known,
        trigger=Trigger(kind=kind, by=by),
        definition=digest,
        step_count=1,
        created_at=at(number),
        result=result,
        finished_at=at(number + 10 if finished is None else finished) if known is State.FINISHED else None,
        duration_s=duration if known is State.FINISHED else None,
    )


async def write(
    store: Store,
    records: Sequence[Record] = (),
    runs: Sequence[RunSummary] = (),
    definitions: dict[str, bytes] | None = None,
) -> None:
    """One transaction."""
    await store.commit(Batch(records=tuple(records), runs=tuple(runs), definitions=definitions or {}))
