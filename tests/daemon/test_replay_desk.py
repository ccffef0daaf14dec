"""Runs at all of their moments: as the fold of their events up to there, read once."""

import pytest
import trio

from aegisd.core.record import EventFilter
from aegisd.replay_desk import ReplayDesk
from aegisd.wire.errors import CallError
from tests.engine.kit import House, failing, open_house, step, workflow
from tests.engine.scripted import Stage

DEFINITION = workflow(step("a"), failing("b"), step("c", delay=60.0, condition="always"), step("d"))


class CountingStore:
    """A store that remembers from where on events were asked for."""

    def __init__(self, store: object) -> None:
        self._store = store
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> object:
        """Everything else is the store's."""
        return getattr(self._store, name)

    async def read_events(self, after: int, *, limit: int, wanted: EventFilter) -> object:
        """As the store does."""
        self.asked.append(after)
        return await self._store.read_events(after, limit=limit, wanted=wanted)  # type: ignore[attr-defined]


def make_desk(house: House) -> tuple[ReplayDesk, CountingStore]:
    """A desk over the store of `house`."""
    store = CountingStore(house.store)
    return ReplayDesk(store=store, step_types={"scripted": Stage().step_type()}), store  # type: ignore[arg-type]


async def test_a_run_at_each_of_its_events(autojump_clock: trio.abc.Clock) -> None:
    """After each event the steps are as they were then, and what had not begun says what it waited for."""
    async with open_house(workflows=(DEFINITION,)) as house:
        run = await house.submit(DEFINITION)
        await house.wait_ended(run)
        desk, _ = make_desk(house)
        now = await desk.read(run)
        assert now.is_now
        assert now.run["result"] == "failure"
        seen = []
        for event in now.history:
            then = await desk.read(run, at=event.seq)
            assert then.seen[-1].seq == event.seq
            assert then.count == len(then.seen)
            seen.append([each["state"] for each in then.steps])
        assert seen[0] == ["pending"] * 4
        assert ["finished", "executing", "pending", "pending"] in seen
        assert seen[-1] == ["finished"] * 4
        b_runs = next(event.seq for event in now.history if event.type == "step.started" and event.step == "b")
        then = await desk.read(run, at=b_runs)
        waits = dict(then.explain_waiting(most=1))
        assert [link["text"] for link in waits["c"]] == ["c waits for b, which is executing"]
        assert then.links[-1]["text"] == "b is executing"
        assert (await desk.read(run, event=1)).run["state"] == "pending"
        assert (await desk.read(run, event=10**6)).is_now
        assert (await desk.read(run, at=10**9)).is_now


async def test_what_was_read_is_not_read_again(autojump_clock: trio.abc.Clock) -> None:
    """Each look reads what came since the last one, of a run that goes on too."""
    async with open_house(workflows=(DEFINITION,)) as house:
        run = await house.submit(DEFINITION)
        await trio.sleep(1)
        desk, store = make_desk(house)
        first = await desk.read(run)
        assert [each["state"] for each in first.steps][2] == "executing"
        await house.wait_ended(run)
        second = await desk.read(run)
        await desk.read(run, at=first.history[0].seq)
        assert store.asked == [0, first.history[-1].seq, second.history[-1].seq]
        assert second.run["state"] == "finished"


async def test_moments_that_are_none(autojump_clock: trio.abc.Clock) -> None:
    """A run that is not there, and one that was not there yet."""
    async with open_house(workflows=(DEFINITION,)) as house:
        first, second = await house.submit(DEFINITION), await house.submit(DEFINITION)
        await house.wait_ended(second)
        desk, _ = make_desk(house)
        with pytest.raises(CallError, match="there is no run #99"):
            await desk.read(99)
        begun = (await desk.read(first)).history[0].seq
        with pytest.raises(CallError, match="was not there yet at event") as caught:
            await desk.read(second, at=begun)
        assert caught.value.name.endswith(".BadParameter")
