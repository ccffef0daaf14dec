"""What a start makes of what the last end left: nobody sees a run executing that is not."""

import trio

from aegisd.core.codec import decode_event, encode_workflow
from aegisd.core.model import Result, State, Workflow
from aegisd.core.record import Batch, EventFilter
from aegisd.core.state import fold
from aegisd.recovery import recover_runs
from aegisd.store.memory import MemoryStore
from tests.engine.checks import check_run
from tests.engine.kit import House, open_house, step, workflow
from tests.engine.scripted import Play, ScriptedSpec
from tests.timeline.kit import open_timeline

_SPECS = {"scripted": ScriptedSpec}


class _Crash(Exception):  # noqa: N818 - not an error, a power cut
    pass


def _break_down() -> None:
    raise _Crash


class _Disk(MemoryStore):
    """A store that keeps nothing more once the power is cut."""

    cut = False

    async def commit(self, batch: Batch) -> None:
        """Keep `batch` while there is power."""
        if not self.cut:
            await super().commit(batch)


async def _crash(*definitions: Workflow, after: float) -> _Disk:
    """What an engine leaves that is cut off after `after` seconds."""
    disk = _Disk()
    try:
        async with open_house(store=disk, slots=1) as house:
            for definition in definitions:
                await house.submit(definition)
            await trio.sleep(after)
            disk.cut = True
            _break_down()
    except* _Crash:
        disk.cut = False
    return disk


async def _recover(house: House) -> tuple[int, ...]:
    return await recover_runs(
        store=house.store,
        recorder=house.recorder,
        supervisor=house.supervisor,
        acceptance=house.acceptance,
        step_types=_SPECS,
    )


async def test_interrupted_and_waiting(autojump_clock: trio.abc.Clock) -> None:
    """A run that was cut short ends as an error, reason interrupted, with a terminal event for its step; one that
    waited goes on waiting and runs."""
    cut = workflow(step("a", delay=1.0), step("b", Play(delay=60.0, result=Result.FAILURE), retries=2), step("c"))
    waiting = workflow(step("a", delay=1.0), name="waiting")
    store = await _crash(cut, waiting, after=5.0)
    async with open_house(store=store, last_seq=len(store.records)) as house:
        assert await _recover(house) == (1,)
        await house.wait_ended(2)
    assert house.told(1)[-2:] == ["step.completed b", "workflow.completed"]
    step_end, run_end = house.datum(1, "step.completed", "b"), house.datum(1, "workflow.completed")
    assert (step_end.result, [a.error for a in step_end.attempts]) == (Result.ERROR, ["interrupted"])
    assert (run_end.result, run_end.steps, run_end.failed_steps) == (Result.ERROR, {"success": 1, "error": 1}, ("b",))
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
    )
    store = await _crash(batch, after=5.0)
    async with open_house(store=store, last_seq=len(store.records)) as house:
        assert await _recover(house) == (1,)
    completed = [line for line in house.told(1) if line.startswith("step.completed")]
    assert sorted(completed) == ["step.completed a", "step.completed b", "step.completed c"]
    results = [attempt.result for attempt in house.datum(1, "step.completed", "b").attempts]
    assert results == [Result.FAILURE, Result.ERROR]


async def test_twice(autojump_clock: trio.abc.Clock) -> None:
    """A second recovery finds nothing to do: every row is finished."""
    store = await _crash(workflow(step("a", delay=60.0)), after=5.0)
    for expected in ((1,), ()):
        async with open_house(store=store, last_seq=len(store.records)) as house:
            assert await _recover(house) == expected
    assert await store.unfinished_runs() == []


async def test_a_definition_of_another_version(autojump_clock: trio.abc.Clock) -> None:
    """A waiting run whose definition this version cannot carry out ends as an error instead of stopping aegisd."""
    store = await _crash(workflow(step("a", delay=9.0)), workflow(step("a"), name="b"), after=5.0)
    for digest, body in list(store._definitions.items()):
        store._definitions[digest] = body.replace(b'"scripted"', b'"of a later version"')
    async with open_house(store=store, last_seq=len(store.records)) as house:
        assert await _recover(house) == (1, 2)
    assert house.told(2) == ["workflow.queued", "workflow.completed"]


async def test_nothing_was_going_on(autojump_clock: trio.abc.Clock) -> None:
    """An orderly end leaves nothing to recover."""
    store = MemoryStore()
    async with open_house(store=store) as house:
        await house.run(workflow(step("a")))
    async with open_house(store=store, last_seq=len(store.records)) as house:
        assert await _recover(house) == ()


async def test_the_stored_definition_is_the_one_that_counts(autojump_clock: trio.abc.Clock) -> None:
    """A waiting run keeps the definition that it was accepted with, as it is in the store."""
    first, second = workflow(step("a", delay=9.0)), workflow(step("b"), step("c"), name="second")
    store = await _crash(first, second, after=1.0)
    async with open_house(store=store, last_seq=len(store.records)) as house:
        await _recover(house)
        order = house.supervisor.order_of(2)
        assert order is not None
        assert encode_workflow(order.workflow) == encode_workflow(second)


async def test_events_can_be_read_back(autojump_clock: trio.abc.Clock) -> None:
    """What recovery writes is read like everything else."""
    store = await _crash(workflow(step("a", delay=60.0)), after=5.0)
    async with open_house(store=store, last_seq=len(store.records)) as house:
        await _recover(house)
    async with open_timeline(store=store, last_seq=len(store.records)) as timeline:
        rows = await timeline.store.read_events(0, limit=99, wanted=EventFilter(run=1))
    assert fold(1, [decode_event(body) for _, body in rows]).result is Result.ERROR


async def test_a_defect_of_ours_is_not_told_as_a_limit(autojump_clock: trio.abc.Clock) -> None:
    """When aegisd itself breaks down, what it can still write about its steps does not blame them or their limits."""
    store = MemoryStore()
    try:
        async with open_house(store=store) as house:
            await house.submit(workflow(step("a", delay=60.0)))
            await trio.sleep(5.0)
            _break_down()
    except* _Crash:
        pass
    told = [event for event in house.events(1) if event.type == "step.completed"]
    assert [event.data.result for event in told] in ([], [Result.ERROR])  # type: ignore[union-attr]
    async with open_house(store=store, last_seq=len(store.records)) as house:
        assert await _recover(house) == (1,)
    check_run(house.events(1), workflow(step("a", delay=60.0)), 1)
