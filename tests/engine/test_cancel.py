"""Cancelling: a cancelled run has its terminal events, whenever it comes; and how the engine ends."""

import pytest
import trio

from aegisd.core.model import Result, State
from aegisd.core.state import fold
from aegisd.wire.errors import CallError
from tests.engine.kit import House, failing, in_virtual_time, open_house, step, workflow
from tests.engine.scripted import Play


async def _cancel(house: House, run: int, reason: str | None = None) -> bool:
    return await house.supervisor.cancel(run, by="uid:1000", reason=reason)


async def test_a_cancelled_run(autojump_clock: trio.abc.Clock) -> None:
    """W3.7, W1.11, S65: what executes ends as a cancellation, what has not begun is skipped, the run says who and
    why."""
    steps = (step("a", delay=60.0, parallel=True), step("b", delay=60.0, parallel=True), step("c", condition="always"))
    async with open_house() as house:
        run = await house.submit(workflow(*steps))
        await trio.sleep(2)
        assert await _cancel(house, run, "wrong branch")
        await house.wait_ended(run)
    words = "cancelled by uid:1000: wrong branch"
    told = house.told(run)[4:]
    assert [told[0], sorted(told[1:3]), told[3:]] == [
        "cancellation.requested",
        ["step.completed a", "step.completed b"],
        ["step.skipped c", "workflow.completed"],
    ]
    for name in ("a", "b"):
        completed = house.datum(run, "step.completed", name)
        assert (completed.result, completed.error, completed.duration_s) == (Result.CANCELLATION, words, 2.0)
        assert [attempt.result for attempt in completed.attempts] == [Result.CANCELLATION]
    completed = house.datum(run, "workflow.completed")
    assert (completed.result, completed.reason, completed.failed_steps) == (Result.CANCELLATION, words, ())
    assert house.events(run)[-1].cause == house.events(run)[4].seq


async def test_cancelled_between_two_attempts(autojump_clock: trio.abc.Clock) -> None:
    """W1.11: cancelled while it waits for its next attempt, a step is a cancellation, its attempts stay what they
    were."""
    async with open_house() as house:
        run = await house.submit(workflow(failing("a", retries=5, retry_delay=30.0)))
        await trio.sleep(10)
        await _cancel(house, run)
        await house.wait_ended(run)
    completed = house.datum(run, "step.completed")
    assert completed.result is Result.CANCELLATION
    assert [attempt.result for attempt in completed.attempts] == [Result.FAILURE]
    assert house.datum(run, "workflow.completed").result is Result.CANCELLATION


async def test_output_before_the_end(autojump_clock: trio.abc.Clock) -> None:
    """What a step had written when it was cut short is counted."""
    async with open_house() as house:
        run = await house.submit(workflow(step("a", Play(delay=60.0, output=7))))
        limited = await house.submit(workflow(step("a", Play(delay=60.0, output=8)), name="limited", timeout=5.0))
        await trio.sleep(2)
        await _cancel(house, run)
        await house.wait_ended(run, limited)
    assert house.datum(run, "step.completed").output_bytes == 7
    assert house.datum(limited, "step.completed").output_bytes == 8


async def test_a_pending_run(autojump_clock: trio.abc.Clock) -> None:
    """A run that is cancelled in the queue never starts, and its end is on disk when the request is answered."""
    definition = workflow(step("a", delay=5.0))
    async with open_house(workflows=(definition,)) as house:
        first, second = await house.submit(definition), await house.submit(definition)
        assert await _cancel(house, second)
        assert house.told(second) == ["workflow.queued", "cancellation.requested", "workflow.completed"]
        assert house.supervisor.waiting == []
        assert not await _cancel(house, second)
        await house.wait_ended(first, second)
    assert house.datum(first, "workflow.completed").success


async def test_cancelled_twice(autojump_clock: trio.abc.Clock) -> None:
    """The first reason counts; a second request while the run ends is recorded; after the end there is nothing to
    cancel."""
    slow = step("a", Play(delay=60.0, manners="hold", hold=5.0))
    async with open_house() as house:
        run = await house.submit(workflow(slow))
        await trio.sleep(1)
        assert await _cancel(house, run, "one")
        await trio.sleep(1)
        assert await _cancel(house, run, "two")
        await house.wait_ended(run)
        assert not await _cancel(house, run, "three")
    assert house.told(run).count("cancellation.requested") == 2
    assert house.datum(run, "workflow.completed").reason == "cancelled by uid:1000: one"


async def test_a_run_that_is_not_there(autojump_clock: trio.abc.Clock) -> None:
    """Nothing is recorded about a run that does not exist."""
    async with open_house() as house:
        assert not await _cancel(house, 99)
        assert house.events() == []


@pytest.mark.parametrize("delay", [0.0, 0.9375, 1.0, 1.0625])
@pytest.mark.parametrize("requests", [1, 3])
def test_cancelled_as_it_ends(delay: float, requests: int) -> None:
    """Cancelled around the very moment of its end, a run has one legal history and one end; a request that was
    answered with yes is in it."""

    async def main() -> None:
        answers = []

        async def ask() -> None:
            await trio.sleep(delay)
            answers.append(await _cancel(house, run))

        async with open_house() as house:
            run = await house.submit(workflow(step("a", delay=1.0)))
            async with trio.open_nursery() as nursery:
                for _ in range(requests):
                    nursery.start_soon(ask)
            await house.wait_ended(run)
        told = house.told(run)
        assert told[-1] == "workflow.completed"
        assert told.count("workflow.completed") == 1
        assert told.count("cancellation.requested") == sum(answers)
        assert fold(run, house.events(run)).state is State.FINISHED

    in_virtual_time(main)


async def test_cancelled_in_the_moment_of_admission(autojump_clock: trio.abc.Clock) -> None:
    """A run that is cancelled as it leaves the queue ends all the same, legally."""
    async with open_house() as house:
        run = await house.submit(workflow(step("a", delay=5.0)))
        assert await _cancel(house, run)
        await house.wait_ended(run)
    assert fold(run, house.events(run)).result is Result.CANCELLATION


async def test_draining_waits(autojump_clock: trio.abc.Clock) -> None:
    """Within the grace, runs that execute come to their own end; waiting ones stay in the queue, on disk."""
    definition = workflow(step("a", delay=5.0))
    async with open_house(workflows=(definition,)) as house:
        first, second = await house.submit(definition), await house.submit(definition)
        await trio.sleep(1)
        began = trio.current_time()
        await house.supervisor.finish(grace=60.0, hurry=trio.Event())
        assert trio.current_time() - began == 4.0
        assert house.datum(first, "workflow.completed").success
        assert house.told(second) == ["workflow.queued"]
        with pytest.raises(CallError, match="stopping"):
            await house.submit(definition)


async def test_the_grace_ends(autojump_clock: trio.abc.Clock) -> None:
    """After the grace the rest is cancelled, with the reason in words, and waited for."""
    async with open_house() as house:
        runs = [await house.submit(workflow(step("a", delay=delay), name=str(delay))) for delay in (5.0, 99.0, 98.0)]
        await trio.sleep(1)
        began = trio.current_time()
        await house.supervisor.finish(grace=10.0, hurry=trio.Event())
        assert trio.current_time() - began == 10.0
    ends = [house.datum(run, "workflow.completed") for run in runs]
    assert [end.result for end in ends] == [Result.SUCCESS, Result.CANCELLATION, Result.CANCELLATION]
    assert ends[1].reason == "cancelled by aegis: daemon stopping"


async def test_hurry(autojump_clock: trio.abc.Clock) -> None:
    """A second signal ends the grace at once, also when it came before the first was dealt with."""
    for delay in (0.0, 3.0):
        hurry = trio.Event()

        async def soon(event: trio.Event = hurry, delay: float = delay) -> None:
            await trio.sleep(delay)
            event.set()

        async with open_house() as house, trio.open_nursery() as nursery:
            run = await house.submit(workflow(step("a", delay=99.0)))
            await trio.sleep(1)
            began = trio.current_time()
            nursery.start_soon(soon)
            await house.supervisor.finish(grace=60.0, hurry=hurry)
            assert trio.current_time() - began == delay
        assert house.datum(run, "workflow.completed").result is Result.CANCELLATION


async def test_nothing_to_drain(autojump_clock: trio.abc.Clock) -> None:
    """Without runs, the end is at once, however long the grace."""
    async with open_house() as house:
        began = trio.current_time()
        await house.supervisor.finish(grace=60.0, hurry=trio.Event())
        assert trio.current_time() == began


async def test_the_hold_of_a_step_is_waited_for(autojump_clock: trio.abc.Clock) -> None:
    """A step that takes its time to end is in the books only once it is gone."""
    async with open_house() as house:
        run = await house.submit(workflow(step("a", Play(delay=60.0, manners="hold", hold=7.0))))
        await trio.sleep(1)
        await _cancel(house, run)
        await house.wait_ended(run)
    assert house.datum(run, "step.completed").duration_s == 8.0
