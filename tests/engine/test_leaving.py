"""A run is left to the next aegisd: what can wait for nobody is cut at once, what must not run twice ends first."""

import trio
from attrs import evolve

from aegisd.core.model import Result
from tests.engine.kit import House, failing, open_house, step, workflow
from tests.engine.scripted import Play, Stage


async def _leave(house: House, *, grace: float = 100.0, hurry: trio.Event | None = None) -> float:
    """Leave all runs; how long that took."""
    begun = trio.current_time()
    with trio.fail_after(1000):
        await house.supervisor.leave(grace=grace, hurry=trio.Event() if hurry is None else hurry)
        await house.supervisor.finish(grace=0.0, hurry=trio.Event())
    return trio.current_time() - begun


async def test_left_as_it_is(autojump_clock: trio.abc.Clock) -> None:
    """Nothing is told of the end of a run that is left, no step of it begins, and it takes no time."""
    async with open_house() as house:
        run = await house.submit(workflow(step("a", delay=10.0), step("b")))
        await trio.sleep(5.0)
        assert await _leave(house) == 0.0
    assert house.told(run) == ["workflow.queued", "workflow.started", "step.started a"]
    assert house.ended == []


async def test_what_must_not_run_twice(autojump_clock: trio.abc.Clock) -> None:
    """An attempt of a step with `idempotent = false` comes to its end first, and nothing begins meanwhile."""
    once = step("a", delay=10.0, parallel=True, idempotent=False)
    async with open_house() as house:
        run = await house.submit(workflow(once, step("b", delay=7.0, parallel=True), step("c")))
        await trio.sleep(5.0)
        assert await _leave(house) == 5.0
    assert house.told(run)[2:] == ["step.started a", "step.started b", "step.completed b", "step.completed a"]


async def test_no_other_attempt(autojump_clock: trio.abc.Clock) -> None:
    """Such a step that fails is told of and not tried again before the restart."""
    once, stage = failing("a", retries=3, retry_delay=1.0, idempotent=False), Stage()
    slow = evolve(once, spec=evolve(once.spec, plays=(Play(delay=10.0, result=Result.FAILURE),)))
    async with open_house(stage=stage) as house:
        run = await house.submit(workflow(slow))
        await trio.sleep(5.0)
        assert await _leave(house) == 5.0
    assert house.told(run)[-1] == "step.retrying a"
    assert sum(stage.calls.values()) == 1


async def test_not_for_ever(autojump_clock: trio.abc.Clock) -> None:
    """It gets the grace, and no more once there is a hurry."""
    once = step("a", delay=1000.0, idempotent=False)
    async with open_house() as house:
        await house.submit(workflow(once))
        await trio.sleep(5.0)
        assert await _leave(house, grace=20.0) == 20.0
    hurry = trio.Event()
    hurry.set()
    async with open_house() as house:
        await house.submit(workflow(once))
        await trio.sleep(5.0)
        assert await _leave(house, grace=20.0, hurry=hurry) == 0.0


async def test_a_run_that_ends(autojump_clock: trio.abc.Clock) -> None:
    """A run that was cancelled is not left: its end is told, however long its steps take for theirs."""
    slow = step("a", Play(delay=100.0, manners="hold", hold=3.0))
    async with open_house() as house:
        run = await house.submit(workflow(slow))
        await trio.sleep(5.0)
        await house.supervisor.cancel(run, by="uid:7", reason=None)
        assert await _leave(house) == 3.0
    assert house.ended == [(run, Result.CANCELLATION)]


async def test_cancelled_while_it_is_left(autojump_clock: trio.abc.Clock) -> None:
    """A run whose end is asked for while something of it is waited for ends."""
    once = step("a", delay=1000.0, idempotent=False)
    async with open_house() as house, trio.open_nursery() as nursery:
        run = await house.submit(workflow(once))
        await trio.sleep(5.0)
        nursery.start_soon(_leave, house)
        await trio.sleep(1.0)
        await house.supervisor.cancel(run, by="uid:7", reason=None)
    assert house.ended == [(run, Result.CANCELLATION)]
