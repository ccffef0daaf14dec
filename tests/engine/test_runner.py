"""One run: the order of its events, what its steps see of each other, and how it ends."""

from functools import partial
from typing import Any

import pytest
import trio
import trio.testing
from attrs import evolve

from aegisd.core.model import Result
from tests.engine.kit import failing, open_house, step, workflow
from tests.engine.scripted import Play, Stage
from tests.timeline.kit import FailingStore

_BOOKS = ("workflow.queued", "workflow.started")


async def test_the_order_of_events(autojump_clock: trio.abc.Clock) -> None:
    """S3, S5, S6, S7, S9: started first, failure.detected right after its step.completed, completed last."""
    async with open_house() as house:
        run = await house.run(workflow(step("a"), failing("b"), step("c"), step("d", condition="always")))
    assert house.told(run) == [
        *_BOOKS,
        "step.started a",
        "step.completed a",
        "step.started b",
        "step.completed b",
        "failure.detected b",
        "step.skipped c",
        "step.started d",
        "step.completed d",
        "workflow.completed",
    ]
    assert house.datum(run, "workflow.started").step_count == 4
    completed = house.datum(run, "workflow.completed")
    assert (completed.result, completed.success, completed.reason) == (Result.FAILURE, False, "b failed")
    assert (completed.steps, completed.failed_steps) == ({"success": 2, "failure": 1, "skip": 1}, ("b",))
    assert house.ended == [(run, Result.FAILURE)]


async def test_a_run_without_steps(autojump_clock: trio.abc.Clock) -> None:
    """An empty workflow passes, with a start and an end."""
    async with open_house() as house:
        run = await house.run(workflow())
    assert house.told(run) == [*_BOOKS, "workflow.completed"]
    assert house.datum(run, "workflow.completed").success


async def test_the_first_failure_only(autojump_clock: trio.abc.Clock) -> None:
    """S8, W2.4: failure.detected is the first failure of a run, not each one, with the step's error."""
    async with open_house() as house:
        run = await house.run(workflow(failing("a"), failing("b", condition="always")))
    assert [line for line in house.told(run) if line.startswith("failure")] == ["failure.detected a"]
    detected = house.datum(run, "failure.detected")
    assert (detected.step_type, detected.error, detected.result) == ("scripted", "came to failure", Result.FAILURE)
    assert house.datum(run, "workflow.completed").reason == "a, b failed"


async def test_an_allowed_failure(autojump_clock: trio.abc.Clock) -> None:
    """A failure that is allowed fails nobody: no failure.detected, on_success steps run, the run passes."""
    async with open_house() as house:
        run = await house.run(workflow(failing("a", allow_failure=True), step("b")))
    steps = ["step.started a", "step.completed a", "step.started b", "step.completed b"]
    assert house.told(run)[2:] == [*steps, "workflow.completed"]
    completed = house.datum(run, "step.completed", "a")
    assert (completed.allowed, completed.success, completed.result) == (True, False, Result.FAILURE)
    assert house.datum(run, "workflow.completed").success


@pytest.mark.parametrize(
    ("first", "result"),
    [(Result.FAILURE, Result.FAILURE), (Result.ERROR, Result.ERROR), (Result.TIMEOUT, Result.FAILURE)],
)
async def test_mine_or_yours(first: Result, result: Result, autojump_clock: trio.abc.Clock) -> None:
    """S73: an error of aegis or the host makes the run an error; a failed or timed out step makes it a failure."""
    async with open_house() as house:
        run = await house.run(workflow(step("a", result=first), failing("b", condition="always")))
    assert house.datum(run, "workflow.completed").result is result


async def test_conditions(autojump_clock: trio.abc.Clock) -> None:
    """S56: each condition after a failure, with the reasons of those that were skipped in words."""
    names = ("on_success", "on_failure", "has_failures", "always")
    async with open_house() as house:
        run = await house.run(workflow(failing("a"), *(step(name, condition=name, needs=("a",)) for name in names)))
        passed = await house.run(workflow(step("a"), *(step(name, condition=name, needs=("a",)) for name in names)))
        reported = await house.run(workflow(step("a", reported=2), step("has_failures", condition="has_failures")))
    assert [line for line in house.told(run) if line.startswith("step.started")] == [
        f"step.started {name}" for name in ("a", "on_failure", "always")
    ]
    skipped = house.datum(run, "step.skipped", "on_success")
    assert (skipped.reason, skipped.because) == ("a failed", ("a",))
    assert house.datum(run, "step.skipped", "has_failures").reason == "no earlier step reported failures"
    assert house.datum(passed, "step.skipped", "on_failure").reason == "no earlier step failed"
    assert "step.started has_failures" in house.told(reported)


async def test_needs_look_at_their_own_ancestors(autojump_clock: trio.abc.Clock) -> None:
    """S56, W2.7: a step with needs is not skipped for a failure that it does not come after."""
    async with open_house() as house:
        run = await house.run(workflow(failing("a", needs=()), step("b", needs=()), step("c", needs=("b",)), step("d")))
    assert "step.started c" in house.told(run)
    assert house.datum(run, "step.skipped").reason == "a failed"


async def test_a_reason_goes_through_skipped_steps(autojump_clock: trio.abc.Clock) -> None:
    """A step behind a skipped one is skipped for the failure, not for the skip."""
    async with open_house() as house:
        run = await house.run(workflow(failing("a"), step("b"), step("c")))
    assert house.datum(run, "step.skipped", "c").because == ("a",)


def _when(house: Any, run: int, line: str) -> float:
    """When `line` was told, in seconds from the start of the run."""
    times = {f"{event.type} {event.step}": event.time for event in house.events(run)}
    start = house.events(run)[1].time
    return round(float(times[line][17:23]) - float(start[17:23]), 3)


async def test_a_batch_runs_together(autojump_clock: trio.abc.Clock) -> None:
    """S49, S50, S51, W1.9: a batch starts at once in the order of the file, a fast sibling's end is told when it
    happens, and the next step starts alone after the slowest."""
    batch = [step(f"p{n}", delay=delay, parallel=True) for n, delay in enumerate((2.0, 0.5, 1.0))]
    async with open_house() as house:
        run = await house.run(workflow(*batch, step("next", delay=1.0)))
    assert house.told(run)[2:] == [
        *(f"step.started p{n}" for n in (0, 1, 2)),
        *(f"step.completed p{n}" for n in (1, 2, 0)),
        "step.started next",
        "step.completed next",
        "workflow.completed",
    ]
    assert [_when(house, run, f"step.completed p{n}") for n in (0, 1, 2)] == [2.0, 0.5, 1.0]
    assert house.datum(run, "workflow.completed").duration_s == 3.0


async def test_siblings_do_not_see_each_other(autojump_clock: trio.abc.Clock) -> None:
    """S51: however fast a step of a batch fails, its siblings are judged by what came before the batch."""
    batch = (failing("a", parallel=True), step("b", parallel=True), step("c", parallel=True, condition="on_failure"))
    async with open_house() as house:
        run = await house.run(workflow(*batch, step("d")))
    assert "step.completed b" in house.told(run)
    assert house.datum(run, "step.skipped", "c").reason == "no earlier step failed"
    assert house.datum(run, "step.skipped", "d").reason == "a failed"


async def test_a_graph_does_not_wait_for_its_neighbours(autojump_clock: trio.abc.Clock) -> None:
    """W2.22: with needs, a step starts as soon as these have ended, whatever else still runs."""
    steps = (step("slow", delay=9.0, needs=()), step("fast", delay=1.0, needs=()), step("after", needs=("fast",)))
    async with open_house() as house:
        run = await house.run(workflow(*steps))
    assert _when(house, run, "step.started after") == 1.0


@pytest.mark.parametrize("manners", ["raise", "group", "none", "object", "surrogate"])
async def test_a_step_type_that_breaks(
    manners: str, autojump_clock: trio.abc.Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """S72, W1.10, W1.13, S65: a defect in a step type is a result `error` with a terminal event; siblings and run go
    on to the end, and the traceback is in aegisd's log."""
    broken = step("broken", Play(delay=1.0, manners=manners), parallel=True)
    async with open_house() as house:
        run = await house.run(
            workflow(broken, step("sibling", delay=5.0, parallel=True), step("c", condition="always"))
        )
    completed = house.datum(run, "step.completed", "broken")
    assert completed.result is Result.ERROR
    assert completed.error.startswith("a defect in aegisd: ")
    assert house.datum(run, "step.completed", "sibling").success
    assert house.told(run)[-2:] == ["step.completed c", "workflow.completed"]
    assert house.datum(run, "workflow.completed").result is Result.ERROR
    assert "step broken broke aegisd's code" in caplog.text


async def test_causes_lead_back(autojump_clock: trio.abc.Clock) -> None:
    """Every event of a run but its first has a cause: an earlier event of the same run."""
    async with open_house() as house:
        run = await house.run(workflow(failing("a", retries=1, phase="p"), step("b")))
    seen: set[int] = set()
    for event in house.events(run):
        assert (event.cause in seen) if seen else (event.cause is None)
        seen.add(event.seq)


async def test_phases(autojump_clock: trio.abc.Clock) -> None:
    """S66, S67, S69, S70, S74: a transition before the first step of each phase, with how long the last one took and
    whether it passed; the last phase ends before the run does."""
    steps = (step("a", delay=2.0, phase="fast"), failing("b", delay=1.0, phase="slow"), step("c"))
    async with open_house() as house:
        run = await house.run(workflow(*steps))
    told = [e.data for e in house.events(run) if e.type == "phase.transition"]
    assert [(t.previous, t.next, t.previous_success, t.previous_duration_s) for t in told] == [
        (None, "fast", None, None),
        ("fast", "slow", True, 2.0),
        ("slow", None, False, 1.0),
    ]
    lines = house.told(run)
    assert lines[2:4] == ["phase.transition", "step.started a"]
    assert lines[-2:] == ["phase.transition", "workflow.completed"]


async def test_a_step_that_must_not_run_twice_waits_for_the_disk(autojump_clock: trio.abc.Clock) -> None:
    """A step with `idempotent = false` is executed only once its start is on disk; others do not wait."""
    stage = Stage()
    once, usual = step("once", Play(delay=9.0), idempotent=False), step("usual", Play(delay=9.5))
    async with open_house(store=FailingStore(delay=1.0), stage=stage) as house:
        run = await house.submit(workflow(once, evolve(usual, needs=())))
        await trio.sleep(0.5)
        assert (stage.calls[once.spec], stage.calls[usual.spec]) == (0, 1)
        await house.wait_ended(run)
    assert stage.calls[once.spec] == 1
    assert house.datum(run, "workflow.completed").success


async def test_waiting_for_the_disk_can_be_cancelled(autojump_clock: trio.abc.Clock) -> None:
    """A run whose step waits for its start to be on disk ends at a cancel; the step is never executed."""
    stage, store = Stage(), FailingStore()
    once = step("once", delay=9.0, idempotent=False)
    async with open_house(store=store, stage=stage) as house:
        run = await house.submit(workflow(once))
        store.failures = 20
        async with trio.open_nursery() as nursery:
            await trio.sleep(5.0)
            nursery.start_soon(partial(house.supervisor.cancel, run, by="uid:1", reason=None))
        await house.wait_ended(run)
    assert stage.calls.total() == 0
    assert house.datum(run, "step.completed").result is Result.CANCELLATION
