"""Drained: no run is taken or started until somebody resumes aegisd; stopping is something else."""

import pytest
import trio

from aegisd.drain import drain, undrain
from aegisd.wire.errors import CallError
from tests.engine.kit import House, open_house, step, workflow
from tests.timeline.kit import FailingStore


async def _drain(house: House, by: str = "dev1") -> dict[str, int]:
    return await drain(supervisor=house.supervisor, recorder=house.recorder, by=by)


async def _undrain(house: House) -> dict[str, int]:
    return await undrain(supervisor=house.supervisor, recorder=house.recorder, by="dev2")


def _told_of_daemon(house: House) -> list[tuple[str, str]]:
    return [(event.type, event.data.by) for event in house.events() if event.run is None]  # type: ignore[union-attr]


async def test_drained(autojump_clock: trio.abc.Clock) -> None:
    """The executing run finishes, the next one stays in the queue, new ones are refused with who did it and what to
    do; resumed, the queue goes on."""
    definition = workflow(step("a", delay=5.0))
    async with open_house(workflows=(definition,)) as house:
        first, second = await house.submit(definition), await house.submit(definition)
        await trio.sleep(1)
        assert await _drain(house) == {"executing": 1, "queued": 1}
        with pytest.raises(CallError, match="drained by dev1") as refused:
            await house.submit(definition)
        assert (refused.value.name, refused.value.exit_status) == ("io.aegisd.Control.Draining", 75)
        assert "aegisctl resume" in str(refused.value.hint)
        await house.wait_ended(first)
        await trio.sleep(100)
        assert (house.supervisor.executing, house.supervisor.waiting) == ([], [second])
        assert await _undrain(house) == {"executing": 0, "queued": 1}
        third = await house.submit(definition)
        await house.wait_ended(second, third)
    assert house.datum(second, "workflow.completed").success
    assert _told_of_daemon(house) == [("daemon.drained", "dev1"), ("daemon.resumed", "dev2")]
    assert [event.data.executing for event in house.events() if event.type == "daemon.drained"] == [(first,)]  # type: ignore[union-attr]


async def test_twice(autojump_clock: trio.abc.Clock) -> None:
    """Who is first counts; what changes nothing is no event."""
    async with open_house() as house:
        assert await _undrain(house) == {"executing": 0, "queued": 0}
        await _drain(house)
        await _drain(house, by="dev3")
        assert house.supervisor.drained_by == "dev1"
        await _undrain(house)
        assert house.supervisor.drained_by is None
    assert _told_of_daemon(house) == [("daemon.drained", "dev1"), ("daemon.resumed", "dev2")]


async def test_at_once(autojump_clock: trio.abc.Clock) -> None:
    """Drained and resumed while the store is slow: the last one who asks has the last word, in state and events."""
    async with open_house(store=FailingStore(delay=1.0)) as house:
        for last, by in ((_undrain, None), (_drain, "dev1")):
            async with trio.open_nursery() as nursery:
                for ask in (_drain, _undrain, _drain, last):
                    nursery.start_soon(ask, house)
                    await trio.sleep(0.1)
            assert house.supervisor.drained_by == by
            assert _told_of_daemon(house)[-1][0] == ("daemon.drained" if by else "daemon.resumed")


async def test_stopping_while_drained(autojump_clock: trio.abc.Clock) -> None:
    """A drained aegisd without runs ends at once; one that stops can be neither drained nor resumed."""
    definition = workflow(step("a", delay=5.0))
    async with open_house(workflows=(definition,)) as house:
        await _drain(house)
        began = trio.current_time()
        await house.supervisor.finish(grace=60.0, hurry=trio.Event())
        assert trio.current_time() == began
        for ask in (_drain, _undrain):
            with pytest.raises(CallError, match="stopping"):
                await ask(house)


async def test_a_turn_of_the_loop(autojump_clock: trio.abc.Clock) -> None:
    """The loop that starts runs answers at once, whether it has runs, is drained or has ended; a stuck one never
    does."""
    async with open_house() as house:
        await house.submit(workflow(step("a", delay=5.0)))
        for _ in range(3):
            await house.supervisor.turn()
        await _drain(house)
        await house.supervisor.turn()
        assert trio.current_time() < 1
        await house.supervisor.finish(grace=60.0, hurry=trio.Event())
        await house.supervisor.turn()
        house.supervisor._turned = trio.Event()
        with trio.move_on_after(100) as waited:
            await house.supervisor.turn()
        assert waited.cancelled_caught
