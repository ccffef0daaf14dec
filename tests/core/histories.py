"""Histories of runs, as the tests of `why` need them."""

from typing import Any

from aegisd.core import events
from aegisd.core.events import Event
from aegisd.core.model import Attempt, Condition, Result, Trigger, Workflow
from aegisd.core.why import Link
from tests.core.graphs import make_step

Told = list[tuple[int | None, str]]

STEPS = (
    make_step("build"),
    make_step("lint", needs=()),
    make_step("tests", needs=("build", "lint")),
    make_step("clean", needs=("tests",), condition=Condition.ON_FAILURE),
)
WORKFLOW = Workflow(name="w", steps=STEPS)


def history(*data: tuple[Any, str | None] | Any) -> list[Event]:
    """Events of run 7 from 1 on; a tuple is an event of the step that it names. Failures are caused by the one
    before."""
    told = []
    for seq, each in enumerate(data, start=1):
        one, step = each if isinstance(each, tuple) else (each, None)
        cause = seq - 1 if one.type == "failure.detected" else None
        time = f"2026-11-21T08:00:{seq:02}.000Z"
        told.append(Event(seq=seq, id="", type=one.type, time=time, data=one, run=7, step=step, cause=cause))
    return told


def queued(**more: Any) -> events.WorkflowQueued:
    """A run that dev1 asked for."""
    return events.WorkflowQueued(**{"trigger": Trigger(by="dev1"), "definition": "d", "step_count": 4, **more})


def started(queued_s: float = 0.0) -> events.WorkflowStarted:
    """A run that leaves the queue."""
    return events.WorkflowStarted(step_count=4, queued_s=queued_s)


def begun() -> events.StepStarted:
    """A step that begins."""
    return events.StepStarted(step_type="command")


def ended(result: Result, error: str | None = None, *, allowed: bool = False, attempts: int = 1) -> Any:
    """A step that ends."""
    tries = tuple(Attempt(attempt=n + 1, result=result, duration_s=1.0) for n in range(attempts))
    success = result is Result.SUCCESS
    return events.StepCompleted(
        step_type="command",
        result=result,
        success=success,
        duration_s=1.0,
        attempts=tries,
        error=error,
        allowed=allowed,
    )


def skipped(reason: str, *because: str, reused: int | None = None) -> events.StepSkipped:
    """A step that is not started."""
    return events.StepSkipped(step_type="command", reason=reason, because=because, reused=reused)


def detected(error: str) -> events.FailureDetected:
    """The first failure."""
    return events.FailureDetected(step_type="command", result=Result.FAILURE, error=error)


def over(result: Result, reason: str | None = None) -> events.WorkflowCompleted:
    """A run that ends."""
    return events.WorkflowCompleted(
        result=result, success=result is Result.SUCCESS, duration_s=9.0, steps={}, reason=reason
    )


def told(links: list[Link]) -> list[tuple[int | None, str]]:
    """What tests look at."""
    return [(link.seq, link.text) for link in links]
