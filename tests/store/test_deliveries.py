"""Webhook deliveries in both stores: found by their keys, listed, and let go in time."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from attrs import evolve

from aegisd.core.hook import Delivery
from aegisd.core.record import Batch
from aegisd.store import Store
from aegisd.store.memory import MemoryStore
from aegisd.store.sqlite import open_store
from tests.store.kit import at, make_event, make_run


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each form."""
    if request.param == "memory":
        yield MemoryStore()
        return
    async with open_store(tmp_path / "store.sqlite", synchronous="normal", epoch="e") as opened:
        yield opened


def make_delivery(
    second: float, *keys: str, run: int | None = 1, trigger: str = "push", body: bytes = b"{}"
) -> Delivery:
    """A delivery at that second."""
    return Delivery(
        trigger=trigger,
        time=at(second),
        outcome="run" if run else "ignored",
        run=run,
        source="192.0.2.1",
        size=len(body),
        keys=keys,
        headers={"x-event": "push"},
        body=body,
    )


async def _write(store: Store, *deliveries: Delivery) -> None:
    await store.commit(Batch(records=(), deliveries=deliveries))


async def test_written_with_a_run(store: Store) -> None:
    """A delivery is in the transaction of its run, and reads back as it was."""
    delivery = make_delivery(1, "id:a", "sha256:b")
    await store.commit(Batch(records=(make_event(1, run=1),), runs=(make_run(1),), deliveries=(delivery,)))
    assert await store.read_delivery(1) == evolve(delivery, id=1, keys=())
    assert await store.list_deliveries(None, limit=5) == [(evolve(delivery, id=1, keys=(), body=None), True)]
    assert await store.read_delivery(2) is None


async def test_found_by_keys(store: Store) -> None:
    """Any key that it has in common finds the run, within its trigger, from a time on; without a run there is none."""
    await _write(store, make_delivery(1, "a", "b", run=7), make_delivery(2, "c", run=None))
    await _write(store, make_delivery(3, "b", "d", run=8))
    assert await store.find_delivered_run("push", ["x", "b"], since=at(0)) == 7
    assert await store.find_delivered_run("push", ["d"], since=at(0)) == 8
    assert await store.find_delivered_run("push", ["a"], since=at(2)) is None
    assert await store.find_delivered_run("other", ["a"], since=at(0)) is None
    assert await store.find_delivered_run("push", ["c"], since=at(0)) is None
    assert await store.find_delivered_run("push", [], since=at(0)) is None


async def test_listed(store: Store) -> None:
    """The newest first, of one trigger or of all."""
    await _write(store, *(make_delivery(n, trigger="even" if n % 2 == 0 else "odd") for n in range(1, 6)))
    assert [each.id for each, _ in await store.list_deliveries(None, limit=3)] == [5, 4, 3]
    assert [each.id for each, _ in await store.list_deliveries("even", limit=3)] == [4, 2]


async def test_replays_borrow_the_body(store: Store) -> None:
    """A replay has the body of what was replayed."""
    await _write(store, make_delivery(1, body=b"first"))
    await _write(store, evolve(make_delivery(2), replay_of=1, body=None))
    found = await store.read_delivery(2)
    assert found is not None
    assert (found.replay_of, found.body) == (1, b"first")


async def test_let_go(store: Store) -> None:
    """Bodies go beyond a number and beyond bytes, the oldest first; rows go once they are old as well."""
    await _write(store, *(make_delivery(n, f"k{n}", body=b"x" * 10) for n in range(1, 7)))
    await _write(store, make_delivery(7, "other", trigger="rare", body=b"y"))
    await store.prune_deliveries(each=4, body_bytes=25, before=at(2))
    listed = [(each.id, has_body) for each, has_body in await store.list_deliveries(None, limit=9)]
    assert listed == [(7, True), (6, True), (5, True), (4, False), (3, False), (2, False)]
    assert await store.find_delivered_run("push", ["k1"], since=at(0)) is None
    assert await store.find_delivered_run("push", ["k2"], since=at(0)) == 1
    await _write(store, make_delivery(8))
    assert (await store.list_deliveries(None, limit=1))[0][0].id == 8
