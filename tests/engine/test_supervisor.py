"""The queue of runs: who goes first, what happens when a workflow is busy, and the limits of the host."""

from collections import Counter

import pytest
import trio

from aegisd.core.model import OnBusy, Result
from aegisd.wire.errors import CallError
from tests.engine.kit import House, open_house, step, workflow
from tests.timeline.kit import FailingStore


def _started(house: House) -> list[int | None]:
    return [event.run for event in house.events() if event.type == "workflow.started"]


async def test_one_run_of_a_workflow_at_a_time(autojump_clock: trio.abc.Clock) -> None:
    """W1.22: by default a second run of a workflow waits for the first; another workflow does not."""
    busy, other = workflow(step("a", delay=5.0)), workflow(step("a", delay=5.0), name="other")
    async with open_house(workflows=(busy, other)) as house:
        runs = [await house.submit(definition) for definition in (busy, busy, other)]
        await trio.sleep(1)
        assert house.supervisor.executing == [runs[0], runs[2]]
        assert house.supervisor.waiting == [runs[1]]
        await house.wait_ended(*runs)
    assert house.datum(runs[1], "workflow.started").queued_s == 5.0


async def test_slots_of_the_host(autojump_clock: trio.abc.Clock) -> None:
    """The host carries out at most `slots` runs at a time, oldest first."""
    definitions = [workflow(step("a", delay=1.0), name=f"w{number}") for number in range(6)]
    async with open_house(slots=2, workflows=tuple(definitions)) as house:
        runs = [await house.submit(definition) for definition in definitions]
        for _ in range(3):
            await trio.sleep(0.5)
            assert len(house.supervisor.executing) == 2
            await trio.sleep(0.5)
        await house.wait_ended(*runs)
    started = _started(house)
    assert [sorted(started[first : first + 2]) for first in (0, 2, 4)] == [runs[0:2], runs[2:4], runs[4:6]]


async def test_priority_then_age(autojump_clock: trio.abc.Clock) -> None:
    """A run of a higher priority leaves the queue first; among equals the older one does."""
    ranks = {"first": 0, "low": -1, "mid": 0, "high": 5, "also mid": 0}
    definitions = {name: workflow(step("a", delay=1.0), name=name, priority=rank) for name, rank in ranks.items()}
    async with open_house(slots=1) as house:
        runs = {name: await house.submit(definition) for name, definition in definitions.items()}
        assert house.supervisor.waiting == [runs[name] for name in ("high", "mid", "also mid", "low")]
        await house.wait_ended(*runs.values())
    assert _started(house) == [runs[name] for name in ("first", "high", "mid", "also mid", "low")]


async def test_busy_and_skip(autojump_clock: trio.abc.Clock) -> None:
    """on_busy = skip: a run of a busy workflow is in the books as a skip, with the reason; later ones run."""
    definition = workflow(step("a", delay=5.0), on_busy=OnBusy.SKIP)
    async with open_house(workflows=(definition,)) as house:
        first, second = await house.submit(definition), await house.submit(definition)
        assert house.told(second) == ["workflow.queued", "workflow.completed"]
        completed = house.datum(second, "workflow.completed")
        assert (completed.result, completed.success) == (Result.SKIP, False)
        assert completed.reason == f"w is busy with #{first} and on_busy is skip"
        await house.wait_ended(first)
        third = await house.run(definition)
    assert house.datum(third, "workflow.completed").success


async def test_two_at_once_and_skip(autojump_clock: trio.abc.Clock) -> None:
    """on_busy = skip: of two runs that are asked for at the same moment one runs and one is skipped."""
    definition = workflow(step("a", delay=5.0), on_busy=OnBusy.SKIP)
    async with open_house(workflows=(definition,), store=FailingStore(delay=0.5)) as house:
        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(house.submit, definition)
        await trio.sleep(9)
    results = Counter(event.data.result for event in house.events() if event.type == "workflow.completed")
    assert results == {Result.SUCCESS: 1, Result.SKIP: 3}


async def test_the_queue_is_bounded(autojump_clock: trio.abc.Clock) -> None:
    """A run that the queue has no room for is refused and leaves nothing behind; concurrent ones cannot overfill it."""
    definition = workflow(step("a", delay=5.0))
    refused = []

    async def submit() -> None:
        try:
            await house.submit(definition)
        except CallError as error:
            refused.append(error.name)

    async with open_house(workflows=(definition,), queue_limit=3, store=FailingStore(delay=0.5)) as house:
        await house.submit(definition)
        await trio.sleep(1)
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(submit)
        assert len(house.supervisor.waiting) == 3
        await house.wait_ended(1, 2, 3, 4)
    assert refused == ["io.aegisd.Control.QueueFull"] * 7
    assert {event.run for event in house.events()} == {1, 2, 3, 4}


async def test_busy_and_replace(autojump_clock: trio.abc.Clock) -> None:
    """on_busy = replace: the newest run ends those in its way, executing or waiting, and runs."""
    definition = workflow(step("a", delay=5.0), on_busy=OnBusy.REPLACE)
    async with open_house(workflows=(definition,)) as house:
        runs = []
        for _ in range(3):
            runs.append(await house.submit(definition))
            await trio.sleep(1)
        await house.wait_ended(*runs)
    ends = [house.datum(run, "workflow.completed") for run in runs]
    assert [end.result for end in ends] == [Result.CANCELLATION, Result.CANCELLATION, Result.SUCCESS]
    assert [end.reason for end in ends[:2]] == [f"cancelled by aegis: replaced by run #{run}" for run in runs[1:]]
    assert house.datum(runs[0], "step.completed").result is Result.CANCELLATION


async def test_new_limits_come_into_force(autojump_clock: trio.abc.Clock) -> None:
    """A reload that allows more runs at a time lets waiting ones go at once; one that allows fewer ends none."""
    definition = workflow(step("a", delay=5.0))
    wider = workflow(step("a", delay=5.0), max_concurrent=3)
    async with open_house(workflows=(definition,)) as house:
        runs = [await house.submit(definition) for _ in range(3)]
        await trio.sleep(1)
        assert house.supervisor.executing == runs[:1]
        house.supervisor.configure({"w": wider}, slots=8, queue_limit=10)
        await trio.sleep(1)
        assert house.supervisor.executing == runs
        house.supervisor.configure({"w": definition}, slots=1, queue_limit=10)
        await house.wait_ended(*runs)
    assert [result for _, result in house.ended] == [Result.SUCCESS] * 3


@pytest.mark.parametrize("most", [1, 3])
async def test_active_runs(most: int, autojump_clock: trio.abc.Clock) -> None:
    """What executes and what waits of a workflow, and whether a new run of it would have to wait."""
    definition = workflow(step("a", delay=5.0), max_concurrent=most)
    async with open_house(workflows=(definition,)) as house:
        assert house.supervisor.busy_with(definition) == []
        runs = [await house.submit(definition) for _ in range(2)]
        await trio.sleep(1)
        assert house.supervisor.active("w") == (runs[:most], runs[most:])
        assert house.supervisor.busy_with(definition) == (runs if most == 1 else [])
        assert house.supervisor.active("other") == ([], [])


async def test_numbers_are_given_in_order(autojump_clock: trio.abc.Clock) -> None:
    """Runs that are asked for at once get different numbers, and are on disk when they are answered."""
    definition = workflow(step("a"), max_concurrent=9)
    runs = []

    async def submit() -> None:
        run = await house.submit(definition)
        assert await house.store.get_run(run) is not None
        runs.append(run)

    async with open_house(workflows=(definition,), store=FailingStore(delay=0.25)) as house:
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(submit)
        await house.wait_ended(*runs)
    assert sorted(runs) == list(range(1, 21))
