"""A run that the end of aegisd cut short goes on: nothing finished is executed again, and its limits still hold."""

from collections.abc import Sequence
from typing import Any

import pytest
import trio
from attrs import evolve

from aegisd.core.events import Event
from aegisd.core.model import Attempt, Result, State, Workflow
from aegisd.core.state import RunState, StepState
from aegisd.recovery import decide_ending
from aegisd.store.memory import MemoryStore
from tests.daemon.crash import crash, cut_after, recover, start_again
from tests.engine.checks import check_run, check_timeline
from tests.engine.kit import failing, open_house, step, workflow
from tests.engine.scripted import Play, Stage
from tests.timeline.kit import virtual_clock

_DAY_S = 86400.0


async def test_goes_on_after_what_has_finished(autojump_clock: trio.abc.Clock) -> None:
    """The interrupted step gets another attempt, the finished one is left alone, and the rest follows."""
    stage = Stage()
    steps = (step("a", delay=1.0), step("b", delay=10.0), step("c", delay=2.0))
    house = await start_again(await crash(workflow(*steps), after=5.0), 1, stage=stage)
    assert house.told(1) == [
        "workflow.queued",
        "workflow.started",
        "step.started a",
        "step.completed a",
        "step.started b",
        "workflow.resumed",
        "step.interrupted b",
        "step.completed b",
        "step.started c",
        "step.completed c",
        "workflow.completed",
    ]
    assert dict(stage.calls) == {steps[1].spec: 1, steps[2].spec: 1}
    assert house.datum(1, "workflow.resumed").interrupted == ("b",)
    end = house.datum(1, "step.completed", "b")
    cut = Attempt(attempt=1, result=Result.ERROR, duration_s=4.0, error="interrupted")
    assert end.attempts == (cut, Attempt(attempt=2, result=Result.SUCCESS, duration_s=10.0))
    assert (end.result, end.duration_s) == (Result.SUCCESS, 14.0)
    run_end = house.datum(1, "workflow.completed")
    assert (run_end.result, run_end.steps, run_end.duration_s) == (Result.SUCCESS, {"success": 3}, 17.0)
    check_run(house.events(1), workflow(*steps), 1)


async def test_a_batch_that_was_interrupted(autojump_clock: trio.abc.Clock) -> None:
    """Of a batch only what had not finished runs again, all at once; what comes after it waits for all of it."""
    batch = [step(name, delay=delay, parallel=True) for name, delay in (("a", 1.0), ("b", 9.0), ("c", 9.5))]
    definition, stage = workflow(*batch, step("d")), Stage()
    house = await start_again(await crash(definition, after=5.0), 1, stage=stage)
    assert stage.calls[batch[0].spec] == 0
    assert house.datum(1, "workflow.completed").duration_s == 14.5
    check_run(house.events(1), definition, 1)


async def test_conditions_see_what_happened_before(autojump_clock: trio.abc.Clock) -> None:
    """Failures, reported failures and allowed failures of finished steps count after the restart as they did."""
    definition = workflow(
        failing("may", allow_failure=True),
        step("tests", reported=3),
        failing("first"),
        step("cut", delay=60.0, condition="always"),
        step("usual"),
        step("cleanup", condition="on_failure"),
        step("bugs", condition="has_failures"),
    )
    house = await start_again(await crash(definition, after=5.0), 1)
    ends = [line for line in house.told(1) if line.startswith(("step.completed", "step.skipped"))][3:]
    assert ends == ["step.completed cut", "step.skipped usual", "step.completed cleanup", "step.completed bugs"]
    assert house.datum(1, "step.skipped", "usual").because == ("first",)
    end = house.datum(1, "workflow.completed")
    assert (end.result, end.failed_steps, end.reason) == (Result.FAILURE, ("first",), "first failed")
    check_timeline(house.events(), {1: definition})


async def test_interruptions_use_up_no_retries(autojump_clock: trio.abc.Clock) -> None:
    """A step has all of its retries, however often aegisd ends meanwhile; attempts are numbered on."""
    plays = (Play(delay=2.0, result=Result.FAILURE), Play(delay=2.0, result=Result.FAILURE), Play(delay=2.0))
    definition = workflow(step("a", *plays, retries=2, retry_delay=0.0))
    store = await crash(definition, after=3.0)
    async with open_house(store=store, last_seq=len(store.records)) as house:
        await recover(house)
        await trio.sleep(1.0)
        store.cut = True
    store.cut = False
    house = await start_again(store, 1)
    end = house.datum(1, "step.completed")
    results = [(attempt.attempt, attempt.error) for attempt in end.attempts]
    came = "came to failure"
    assert results == [(1, came), (2, "interrupted"), (3, "interrupted"), (4, came), (5, came)]
    left = [event.data.retries_left for event in house.events(1) if event.type == "step.retrying"]  # type: ignore[union-attr]
    assert left == [1, 0]


async def test_what_is_left_of_the_limit(autojump_clock: trio.abc.Clock) -> None:
    """The run's limit counts from its start, the time without aegisd included."""
    store = await crash(workflow(step("a", delay=60.0), step("b"), timeout=30.0), after=5.0)
    await trio.sleep(15.0)
    house = await start_again(store, 1)
    assert house.datum(1, "workflow.resumed").left_s == 10.0
    end = house.datum(1, "workflow.completed")
    assert (end.result, end.duration_s, end.reason) == (Result.TIMEOUT, 30.0, "the run's limit of 30s was reached")
    assert house.datum(1, "step.completed").result is Result.TIMEOUT
    assert house.datum(1, "step.skipped", "b").reason == end.reason


async def test_a_limit_that_was_reached_meanwhile(autojump_clock: trio.abc.Clock) -> None:
    """When nothing is left, nothing is executed: the run ends at once, with an end for each step."""
    store, stage = await crash(workflow(step("a", delay=60.0), step("b"), timeout=30.0), after=5.0), Stage()
    await trio.sleep(3600.0)
    house = await start_again(store, 1, stage=stage)
    assert stage.calls.total() == 0
    assert house.datum(1, "workflow.resumed").left_s == 0.0
    assert house.told(1)[-4:] == ["step.completed a", "failure.detected a", "step.skipped b", "workflow.completed"]
    assert house.datum(1, "workflow.completed").result is Result.TIMEOUT


async def test_a_limit_that_had_ended_everything(autojump_clock: trio.abc.Clock) -> None:
    """A run whose steps the limit had ended, with only its own end missing, ends as a timeout."""
    definition = workflow(step("a", delay=60.0), timeout=4.0)
    store = await crash(definition, after=5.0)
    house = await start_again(await cut_after(store, len(store.records) - 1), 1)
    assert house.datum(1, "workflow.completed").result is Result.TIMEOUT
    assert house.told(1)[-2:] == ["workflow.resumed", "workflow.completed"]


async def _set(ahead: float, *, up: float, boot_id: str | None, down: float = 2.0) -> tuple[MemoryStore, Workflow]:
    """A run with a limit of 30 s and one without, cut short after 5 s; `down` seconds later aegisd starts under another
    clock."""
    steps = (step("a", delay=1.0, phase="one"), step("b", delay=18.0, phase="two"), step("c", phase="three"))
    definition = workflow(*steps, timeout=30.0)
    store = await crash(definition, after=5.0)
    await trio.sleep(down)
    await start_again(store, 1, clock=virtual_clock(ahead=ahead, up=up, boot_id=boot_id))
    return store, definition


def _told(event: Event) -> tuple[Any, ...]:
    """An event without the moment when it was told."""
    data = evolve(event.data, boottime_s=None) if hasattr(event.data, "boottime_s") else event.data  # type: ignore[type-var]
    return event.seq, event.type, event.step, event.attempt, event.cause, data


@pytest.mark.parametrize("ahead", [-_DAY_S, _DAY_S, -1_800_000_000.0])
async def test_a_clock_that_was_set(ahead: float, autojump_clock: trio.abc.Clock) -> None:
    """The wall clock set back or forward between stop and start changes nothing but the times in the records."""
    plain, _ = await _set(0.0, up=0.0, boot_id="boot 1")
    moved, _ = await _set(ahead, up=0.0, boot_id="boot 1")
    assert [_told(record.event) for record in plain.records] == [_told(record.event) for record in moved.records]
    assert moved.records[-1].event.data.duration_s == 25.0  # type: ignore[union-attr]


@pytest.mark.parametrize(("ahead", "left"), [(0.0, 23.0), (-_DAY_S, 30.0), (_DAY_S, 0.0)])
async def test_after_a_reboot(ahead: float, left: float, autojump_clock: trio.abc.Clock) -> None:
    """Once the host has booted, only the wall clock can tell what is left: at most the limit, at least nothing."""
    store, _ = await _set(ahead, up=-5.0, boot_id="boot 2")
    resumed = next(record.event.data for record in store.records if record.event.type == "workflow.resumed")
    assert resumed.left_s == pytest.approx(left)  # type: ignore[union-attr]
    ends = [record.event.data for record in store.records if hasattr(record.event.data, "duration_s")]
    assert all(end.duration_s >= 0 for end in ends)
    spans = [a.duration_s for end in ends for a in getattr(end, "attempts", ())]
    assert all(span >= 0 for span in spans)


async def test_phases_go_on(autojump_clock: trio.abc.Clock) -> None:
    """The phase that was interrupted ends when the next one begins, with its whole duration."""
    store, _ = await _set(0.0, up=0.0, boot_id="boot 1")
    told = [record.event.data for record in store.records if record.event.type == "phase.transition"]
    phases = [(data.previous, data.next, data.previous_duration_s) for data in told]  # type: ignore[union-attr]
    assert phases == [(None, "one", None), ("one", "two", 1.0), ("two", "three", 24.0), ("three", None, 0.0)]


async def test_a_step_that_must_not_run_twice(autojump_clock: trio.abc.Clock) -> None:
    """A run whose interrupted step says `idempotent = false` ends as an error that names it; where that step has
    finished, the run goes on."""
    cut = workflow(step("deploy", delay=60.0, idempotent=False), step("b"))
    fine = workflow(step("deploy", delay=1.0, idempotent=False), step("b", delay=9.0), name="fine")
    store = await crash(cut, fine, after=5.0, slots=2)
    again = await start_again(store, 2)
    end = again.datum(1, "workflow.completed")
    assert (end.result, end.failed_steps) == (Result.ERROR, ("deploy",))
    assert end.reason == (
        "interrupted: deploy was executing when aegisd ended and must not be executed twice (idempotent = false)"
    )
    assert again.told(1)[-2:] == ["step.skipped b", "workflow.completed"]
    assert again.datum(2, "workflow.completed").success


async def test_a_run_that_was_being_cancelled(autojump_clock: trio.abc.Clock) -> None:
    """A run whose end had been asked for is not resumed: it ends as cancellation, with who asked and why."""
    definition, stage = workflow(step("a", Play(delay=60.0, manners="hold", hold=9.0)), step("b")), Stage()
    store = await crash(definition, after=5.0, cancel=1)
    assert store.records[-1].event.type == "cancellation.requested"
    async with open_house(store=store, last_seq=len(store.records), stage=stage) as house:
        assert await recover(house) == (1,)
    assert stage.calls.total() == 0
    end = house.datum(1, "workflow.completed")
    assert (end.result, end.reason) == (Result.CANCELLATION, "cancelled by uid:7: wrong branch")
    assert house.datum(1, "step.completed").result is Result.CANCELLATION
    check_run(house.events(1), definition, 1)


async def test_resumed_runs_take_slots(autojump_clock: trio.abc.Clock) -> None:
    """A resumed run waits for no slot, for it had left the queue; those in the queue wait for it."""
    first, second = workflow(step("a", delay=20.0)), workflow(step("a", delay=1.0), name="second")
    store = await crash(first, second, after=5.0)
    async with open_house(store=store, last_seq=len(store.records), slots=1) as house:
        await recover(house)
        await trio.sleep(1.0)
        assert (house.supervisor.executing, house.supervisor.waiting) == ([1], [2])
        assert await house.supervisor.cancel(1, by="uid:7", reason=None)
        await house.wait_ended(1, 2)
    assert house.datum(1, "workflow.completed").result is Result.CANCELLATION
    assert house.datum(2, "workflow.completed").success


class _CountingStore(MemoryStore):
    """Counts what it is asked for."""

    questions = 0

    async def read_histories(self, runs: Sequence[int]) -> dict[int, list[bytes]]:
        """One question for many runs."""
        self.questions += 1
        return await super().read_histories(runs)

    async def read_definition(self, digest: str) -> bytes | None:
        """One question for each definition."""
        self.questions += 1
        return await super().read_definition(digest)


async def test_a_thousand_runs_are_few_questions(autojump_clock: trio.abc.Clock) -> None:
    """A start asks the store for many interrupted runs at a time and for each definition once."""
    definition = workflow(step("a"), step("b", delay=60.0), max_concurrent=1000)
    crashed = await crash(*[definition] * 1000, after=5.0, slots=1000)
    store = _CountingStore()
    store.records, store._runs, store._definitions = crashed.records, crashed._runs, crashed._definitions
    async with open_house(store=store, last_seq=len(store.records), slots=1000) as house:
        assert len(await recover(house)) == 1000
        assert store.questions == 11
        await house.wait_ended(*range(1, 1001))
    assert all(result is Result.SUCCESS for _, result in house.ended)


def test_a_step_that_takes_aegisd_along_each_time() -> None:
    """A run is not resumed for ever: what was interrupted ten times ends it, and the reason names the step."""
    step_state = StepState(index=0, name="bomb", type="wait", state=State.EXECUTING, interrupted=8)
    state = RunState(id=1, workflow="w", state=State.EXECUTING, steps={0: step_state})
    assert decide_ending(state, workflow(step("bomb"))) is None
    step_state.interrupted = 9
    ending = decide_ending(state, workflow(step("bomb")))
    assert ending is not None
    assert (ending.result, ending.reason) == (Result.ERROR, "interrupted: aegisd ended 10 times during bomb")
