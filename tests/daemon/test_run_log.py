"""What aegisd's log tells of runs, and that nothing in it can harm aegisd."""

import functools
import logging

import pytest
import trio
import trio.testing

from aegisd.core import events
from aegisd.core.model import Attempt, Result, Trigger
from aegisd.run_log import log_runs
from aegisd.timeline.recorder import Emission
from tests.timeline.kit import open_timeline, say

_NOW = "2027-01-15T08:00:00.000Z"


def _of_run(data: events.EventData, *, step: str | None = None) -> Emission:
    return Emission(data=data, time=_NOW, run=842, workflow="quality", step=step, index=0 if step else None)


def _ended(result: Result, error: str | None = None) -> events.StepCompleted:
    attempt = Attempt(attempt=1, result=result, duration_s=1.0, error=error)
    return events.StepCompleted(
        step_type="command",
        result=result,
        success=result is Result.SUCCESS,
        duration_s=1.0,
        attempts=(attempt,),
        error=error,
    )


async def test_lines_of_a_run(autojump_clock: trio.abc.Clock, caplog: pytest.LogCaptureFixture) -> None:
    """A line for what happens to a run and for steps that fail, with fields; passed steps only for those who debug."""
    caplog.set_level(logging.INFO)
    told = [
        _of_run(events.WorkflowQueued(trigger=Trigger(by="dev1"), definition="d", step_count=2)),
        _of_run(events.WorkflowStarted(step_count=2, queued_s=0.25)),
        _of_run(events.StepStarted(step_type="command"), step="lint"),
        _of_run(_ended(Result.SUCCESS), step="lint"),
        say(1),
        _of_run(events.WorkflowCompleted(result=Result.ERROR, success=False, duration_s=2.0, steps={}, reason="disk")),
    ]
    async with trio.open_nursery() as nursery, open_timeline() as timeline:
        nursery.start_soon(functools.partial(log_runs, ring=timeline.ring, store=timeline.store))
        await trio.testing.wait_all_tasks_blocked()
        await timeline.recorder.record(*told)
    lines = [record for record in caplog.records if record.name == "aegisd.runs"]
    assert [line.getMessage() for line in lines] == [
        "run 842 (quality) accepted: manual by dev1",
        "run 842 (quality) started after 0.2 s in the queue",
        "run 842 (quality) ended: error in 2.0 s: disk",
    ]
    assert lines[-1].levelno == logging.WARNING
    assert vars(lines[-1])["aegis"] == {
        "run": 842,
        "workflow": "quality",
        "step": None,
        "attempt": None,
        "result": "error",
        "event": "workflow.completed",
        "seq": 6,
    }


async def test_a_failed_step_is_told(autojump_clock: trio.abc.Clock, caplog: pytest.LogCaptureFixture) -> None:
    """With its name, and why; what was not told because the store had failed does not come back for ever."""
    caplog.set_level(logging.INFO)
    async with trio.open_nursery() as nursery, open_timeline(ring_size=2) as timeline:
        nursery.start_soon(functools.partial(log_runs, ring=timeline.ring, store=timeline.store))
        await trio.testing.wait_all_tasks_blocked()
        await timeline.recorder.record(
            _of_run(events.WorkflowQueued(trigger=Trigger(), definition="d", step_count=1)),
            _of_run(events.WorkflowStarted(step_count=1, queued_s=0.0)),
            _of_run(events.StepStarted(step_type="command"), step="tests"),
            _of_run(_ended(Result.FAILURE, "exit 1"), step="tests"),
        )
    lines = [record.getMessage() for record in caplog.records if record.name == "aegisd.runs"]
    assert lines[-1] == "run 842 (quality), step tests ended: failure in 1.0 s: exit 1"
    assert len(lines) == 3
