"""Where a job is, from its events; which jobs another aegisd goes on with; why, in words; what is tried again."""

import pytest
from attrs import evolve

from aegisd.core import events
from aegisd.core.events import EventData
from aegisd.core.model import Attempt, Result, State
from aegisd.core.placement import JobRef, RetryOn
from aegisd.core.retry import decide_retry
from aegisd.core.state import RunState, StepState, fold
from aegisd.core.why import explain_step
from aegisd.engine.resumption import cut_steps
from tests.core.graphs import make_step
from tests.core.histories import WORKFLOW, begun, history, queued, started, told

SUBMITTED = events.StepSubmitted(executor="farm", job="ae.1.farm.1.0.1", job_id="12", outlives=True)
WAITING = events.StepWaiting(executor="farm", reason="Resources")
PLACED = events.StepPlaced(executor="farm", nodes="n1", waited_s=7.5, boottime_s=100.0)
RETRYING = events.StepRetrying(
    failed=Attempt(attempt=1, result=Result.ERROR, duration_s=1.0), delay_s=1.0, retries_left=0
)


def _step(*data: EventData) -> StepState:
    items = [(each, "build") for each in data]
    told_so_far = history(queued(), started(), (begun(), "build"), *items)
    return fold(1, [evolve(each, index=0) if each.step else each for each in told_so_far]).steps[0]


def test_a_job_from_its_events() -> None:
    """Handed in, waiting, running; the next attempt has none until it is handed in."""
    job = _step(SUBMITTED, WAITING).job
    assert job is not None
    assert (job.ref, job.waits_for, job.nodes) == (
        JobRef(executor="farm", name="ae.1.farm.1.0.1", id="12", outlives=True),
        "Resources",
        None,
    )
    placed = _step(SUBMITTED, WAITING, PLACED).job
    assert placed is not None
    assert (placed.waits_for, placed.nodes, placed.placed and placed.placed.boottime_s) == (None, "n1", 100.0)
    assert _step(SUBMITTED, PLACED, RETRYING).job is None


def test_which_jobs_go_on() -> None:
    """A step whose job outlives aegisd was not cut short; one that only waited to be handed in was."""
    for data, is_cut in (((SUBMITTED,), False), ((WAITING,), True), ((), True), ((SUBMITTED, RETRYING), True)):
        step = _step(*data)
        assert bool(cut_steps(RunState(id=1, state=State.EXECUTING, steps={0: step}))) == is_cut, data


def test_why_it_waits() -> None:
    """A step in a queue says so, and its history says where it ran."""
    waits = history(queued(), started(), (begun(), "build"), (SUBMITTED, "build"), (WAITING, "build"))
    assert told(explain_step(waits, WORKFLOW, "build"))[1:] == [
        (4, "build was handed to farm as job 12"),
        (5, "build waits at farm: Resources"),
        (5, "build waits at farm: Resources"),
    ]
    runs = history(queued(), started(), (begun(), "build"), (SUBMITTED, "build"), (PLACED, "build"))
    assert (5, "build runs on n1 (farm), after 7.5s") in told(explain_step(runs, WORKFLOW, "build"))


@pytest.mark.parametrize("fault", RetryOn)
def test_what_is_tried_again(fault: RetryOn) -> None:
    """What may still run somewhere, or was ended on purpose, is tried again only where the step says so."""
    by_itself = decide_retry(make_step("a", retries=1), Result.ERROR, attempt=1, chance=0.5, fault=fault)
    assert (by_itself is None) == (fault in {"lost", "unconfirmed", "cancelled"})
    for wanted in RetryOn:
        step = evolve(make_step("a", retries=1), retry_on=(wanted.value,))
        asked = decide_retry(step, Result.ERROR, attempt=1, chance=0.5, fault=fault)
        assert (asked is not None) == (wanted is fault)


def test_results_are_words_of_it_too() -> None:
    """`retry_on = ["timeout"]` is about the result, and a fault is not its result."""
    step = evolve(make_step("a", retries=1), retry_on=("timeout", "error"))
    assert decide_retry(step, Result.TIMEOUT, attempt=1, chance=0.5) is not None
    assert decide_retry(step, Result.FAILURE, attempt=1, chance=0.5) is None
    assert decide_retry(step, Result.ERROR, attempt=1, chance=0.5, fault=RetryOn.LOST) is None
