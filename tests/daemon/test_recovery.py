"""What a start makes of what the last end left: nobody sees a run executing that is not. Runs that do not go on."""

import trio

from aegisd.core.codec import decode_event, encode_workflow
from aegisd.core.model import OnRestart, Result, State
from aegisd.core.record import EventFilter
from aegisd.core.state import fold
from aegisd.store.memory import MemoryStore
from tests.daemon.crash import Crash, break_down, crash, recover, start_again
from tests.engine.checks import check_run
from tests.engine.kit import open_house, step, workflow
from tests.engine.scripted import Play
from tests.timeline.kit import open_timeline


async def test_interrupted_and_waiting(autojump_clock: trio.abc.Clock) -> None:
    """With `on_restart = "fail"` a run that was cut short ends as an error, reason interrupted, with a terminal event
    for its step; one that waited goes on waiting and runs."""
    steps = (step("a", delay=1.0), step("b", Play(delay=60.0, result=Result.FAILURE), retries=2), step("c"))
    cut = workflow(*steps, on_restart=OnRestart.FAIL)
    waiting = workflow(step("a", delay=1.0), name="waiting")
    store = await crash(cut, waiting, after=5.0)
    async with open_house(store=store, last_seq=len(store.records)) as house:
        assert await recover(house) == (1,)
        await house.wait_ended(2)
    assert house.told(1)[-4:] == ["step.completed b", "failure.detected b", "step.skipped c", "workflow.completed"]
    step_end, run_end = house.datum(1, "step.completed", "b"), house.datum(1, "workflow.completed")
    assert (step_end.result, [a.error for a in step_end.attempts]) == (Result.ERROR, ["interrupted"])
    assert (run_end.result, run_end.failed_steps) == (Result.ERROR, ("b",))
    assert run_end.steps == {"success": 1, "error": 1, "skip": 1}
    assert run_end.reason == "interrupted: aegisd ended while the run was executing"
    assert house.datum(2, "workflow.completed").success
    check_run(house.events(2), waiting, 2)
    assert fold(1, house.events(1)).state is State.FINISHED
    assert [event.seq for event in house.events()] == list(range(1, len(house.events()) + 1))


async def test_all_steps_of_a_batch(autojump_clock: trio.abc.Clock) -> None:
    """Every step that was executing has its one terminal event, also in the wait between two attempts."""
    batch = workflow(
        step("a", delay=60.0, parallel=True),
        step("b", Play(delay=1.0, result=Result.FAILURE), retries=9, retry_delay=30.0, parallel=True),
        step("c", delay=1.0, parallel=True),
        on_restart=OnRestart.FAIL,
    )
    store = await crash(batch, after=5.0)
    async with open_house(store=store, last_seq=len(store.records)) as house:
        assert await recover(house) == (1,)
    completed = [line for line in house.told(1) if line.startswith("step.completed")]
    assert sorted(completed) == ["step.completed a", "step.completed b", "step.completed c"]
    results = [attempt.result for attempt in house.datum(1, "step.completed", "b").attempts]
    assert results == [Result.FAILURE, Result.ERROR]


async def test_twice(autojump_clock: trio.abc.Clock) -> None:
    """A second recovery finds nothing to do: every row is finished."""
    store = await crash(workflow(step("a", delay=60.0), on_restart=OnRestart.FAIL), after=5.0)
    for expected in ((1,), ()):
        async with open_house(store=store, last_seq=len(store.records)) as house:
            assert await recover(house) == expected
    assert await store.unfinished_runs() == []


async def test_a_definition_of_another_version(autojump_clock: trio.abc.Clock) -> None:
    """A waiting run whose definition this version cannot carry out ends as an error instead of stopping aegisd."""
    store = await crash(workflow(step("a", delay=9.0)), workflow(step("a"), name="b"), after=5.0)
    for digest, body in list(store._definitions.items()):
        store._definitions[digest] = body.replace(b'"scripted"', b'"of a later version"')
    async with open_house(store=store, last_seq=len(store.records)) as house:
        assert await recover(house) == (1, 2)
    assert house.told(2) == ["workflow.queued", "workflow.completed"]


async def test_nothing_was_going_on(autojump_clock: trio.abc.Clock) -> None:
    """An orderly end leaves nothing to recover."""
    store = MemoryStore()
    async with open_house(store=store) as house:
        await house.run(workflow(step("a")))
    async with open_house(store=store, last_seq=len(store.records)) as house:
        assert await recover(house) == ()


async def test_the_stored_definition_is_the_one_that_counts(autojump_clock: trio.abc.Clock) -> None:
    """A waiting run keeps the definition that it was accepted with, as it is in the store."""
    first, second = workflow(step("a", delay=9.0)), workflow(step("b"), step("c"), name="second")
    store = await crash(first, second, after=1.0)
    async with open_house(store=store, last_seq=len(store.records)) as house:
        await recover(house)
        order = house.supervisor._orders.get(2)
        assert order is not None
        assert encode_workflow(order.workflow) == encode_workflow(second)


async def test_events_can_be_read_back(autojump_clock: trio.abc.Clock) -> None:
    """What recovery writes is read like everything else."""
    store = await crash(workflow(step("a", delay=60.0), on_restart=OnRestart.FAIL), after=5.0)
    async with open_house(store=store, last_seq=len(store.records)) as house:
        await recover(house)
    async with open_timeline(store=store, last_seq=len(store.records)) as timeline:
        rows = await timeline.store.read_events(0, limit=99, wanted=EventFilter(run=1))
    assert fold(1, [decode_event(body) for _, body in rows]).result is Result.ERROR


async def test_a_defect_of_ours_leaves_the_run_open(autojump_clock: trio.abc.Clock) -> None:
    """When aegisd itself breaks down, nothing blames the steps that go with it: the next start goes on with them."""
    store, definition = MemoryStore(), workflow(step("a", delay=60.0))
    try:
        async with open_house(store=store) as house:
            await house.submit(definition)
            await trio.sleep(5.0)
            break_down()
    except* Crash:
        pass
    assert house.told(1) == ["workflow.queued", "workflow.started", "step.started a"]
    house = await start_again(store, 1)
    assert house.datum(1, "workflow.completed").success
    check_run(house.events(1), definition, 1)


async def test_a_history_that_does_not_fold(autojump_clock: trio.abc.Clock) -> None:
    """A run whose events make no sense is ended in the books instead of stopping aegisd."""
    store = await crash(workflow(step("a", delay=60.0)), after=5.0)
    store.records[1:2] = [store.records[2], store.records[2]]
    async with open_house(store=store, last_seq=len(store.records)) as house:
        assert await recover(house) == (1,)
    assert house.told(1)[-1] == "workflow.completed"
    assert (await store.unfinished_runs()) == []
