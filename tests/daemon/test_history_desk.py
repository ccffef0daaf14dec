"""Runs with their steps, many at a time: as the fold of their events, and read once when they have ended."""

import trio

from aegisd.core.record import RunFilter
from aegisd.history_desk import HistoryDesk
from tests.engine.kit import failing, open_house, step, workflow
from tests.engine.scripted import Stage


class CountingStore:
    """A store that counts the histories that were asked for."""

    def __init__(self, store: object) -> None:
        self._store = store
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> object:
        """Everything else is the store's."""
        return getattr(self._store, name)

    async def read_histories(self, runs: list[int]) -> dict[int, list[bytes]]:
        """As the store does."""
        self.asked += runs
        found: dict[int, list[bytes]] = await self._store.read_histories(runs)  # type: ignore[attr-defined]
        return found


async def test_what_has_ended_is_read_once(autojump_clock: trio.abc.Clock) -> None:
    """A page is one question, an ended run none at all the second time; one that goes on is looked at again (W1.23)."""
    definition = workflow(step("a"), failing("b"), step("c", delay=60.0, condition="always"))
    async with open_house(workflows=(definition,)) as house:
        first = await house.submit(definition)
        await house.wait_ended(first)
        second = await house.submit(definition)
        await trio.sleep(1)
        store = CountingStore(house.store)
        desk = HistoryDesk(store=store, step_types={"scripted": Stage().step_type()})  # type: ignore[arg-type]
        for _ in range(2):
            found = await desk.read(RunFilter())
            assert [run["id"] for run, _ in found] == [second, first]
            assert [each["result"] for each in found[1][1]] == ["success", "failure", "success"]
            assert [each["state"] for each in found[0][1]] == ["finished", "finished", "executing"]
        assert sorted(store.asked) == [first, second, second]
        only = await desk.read(RunFilter(before=second, limit=5))
        assert [run["id"] for run, _ in only] == [first]
