"""The outbox, durable and in memory: the same promises, shown with the same tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from attrs import evolve, fields

from aegisd.core.delivery import (
    DeliveryFilter,
    DeliveryState,
    DeliveryUpdate,
    Load,
    NewDelivery,
    Progress,
    Try,
    WebhookState,
)
from aegisd.core.model import Mark
from aegisd.core.record import Batch
from aegisd.store import Store
from aegisd.store.memory import MemoryStore
from aegisd.store.sqlite import open_store
from tests.store.kit import at, make_event

PENDING, DELIVERED, DEAD = DeliveryState.PENDING, DeliveryState.DELIVERED, DeliveryState.DEAD
TRY = Try(time=at(1), duration_s=0.1, status=502, text="Bad Gateway")
FAILED = Progress(attempts=1, tried=Mark(time=at(2)), delay_s=5.0, tries=(TRY,))


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each form."""
    if request.param == "memory":
        yield MemoryStore()
        return
    async with open_store(tmp_path / "store.sqlite", synchronous="full", epoch="e") as opened:
        yield opened


def _new(seq: int, webhook: str = "ci", **changes: object) -> NewDelivery:
    known = NewDelivery(
        webhook=webhook,
        seq=seq,
        message=f"msg_{seq}",
        type="workflow.completed",
        run=seq % 3,
        body=b'{"n":%d}' % seq,
        queued=Mark(time=at(seq), boot_id="b", boottime_s=float(seq)),
        fills={"sha": "f" * 40},
    )
    return evolve(known, **changes)


async def _write(store: Store, *deliveries: NewDelivery, first: int = 1) -> None:
    records = tuple(make_event(first + place) for place in range(len(deliveries)))
    await store.commit(Batch(records=records, outgoing=deliveries))


async def _finish(store: Store, number: int, state: DeliveryState, second: float) -> None:
    progress = evolve(FAILED, finished_at=at(second))
    await store.outbox.write([DeliveryUpdate(id=number, state=state, progress=progress)])


async def _seqs(store: Store, webhook: str = "ci", after: int = 0, limit: int = 99) -> list[int]:
    return [row.seq for row in await store.outbox.read_pending(webhook, after=after, limit=limit)]


async def test_an_empty_outbox(store: Store) -> None:
    """Nothing is there, and says so without an error."""
    outbox = store.outbox
    assert await _seqs(store) == []
    assert await outbox.read_stale(before=at(99), limit=9) == []
    assert await outbox.list_deliveries(DeliveryFilter()) == []
    assert (await outbox.get_delivery(1), await outbox.count_pending(), await outbox.read_states()) == (None, {}, {})
    assert await outbox.requeue([1], queued=Mark(time=at(1))) == await outbox.replay([]) == 0
    assert await outbox.forget(delivered_before=at(9), dead_before=at(9), most=1) == 0


async def test_written_with_their_events(store: Store) -> None:
    """Deliveries come back as they were made, with a number each, in the order of the events."""
    made = [_new(3), _new(1), _new(2, "other"), _new(2)]
    await _write(store, *made)
    assert await _seqs(store) == [1, 2, 3]
    assert await _seqs(store, after=1, limit=1) == [2]
    row = await store.outbox.get_delivery(1)
    assert row is not None
    names = [each.name for each in fields(NewDelivery)]
    assert [getattr(row, name) for name in names] == [getattr(made[0], name) for name in names]
    assert (row.id, row.state, row.progress) == (1, PENDING, Progress())
    assert await store.outbox.count_pending() == {"ci": Load(count=3, size=21), "other": Load(count=1, size=7)}


async def test_one_for_each_event_and_webhook(store: Store) -> None:
    """A second delivery of the same event to the same webhook is none."""
    await _write(store, _new(1))
    await _write(store, _new(1), _new(1, "other"), first=2)
    assert [(row.webhook, row.seq) for row in await store.outbox.list_deliveries(DeliveryFilter())] == [
        ("other", 1),
        ("ci", 1),
    ]


async def test_what_became_of_it(store: Store) -> None:
    """Progress is kept; what is delivered or dead waits no more; what was given up does not come back to life."""
    await _write(store, _new(1), _new(2), _new(3))
    await store.outbox.write([DeliveryUpdate(id=1, state=PENDING, progress=FAILED)])
    row = await store.outbox.get_delivery(1)
    assert row is not None
    assert row.progress == FAILED
    await _finish(store, 2, DELIVERED, 9)
    await _finish(store, 3, DEAD, 9)
    assert await _seqs(store) == [1]
    await store.outbox.write([DeliveryUpdate(id=3, state=PENDING, progress=FAILED)])
    assert await _seqs(store) == [1]
    await _finish(store, 3, DELIVERED, 10)
    assert [row.state for row in await store.outbox.list_deliveries(DeliveryFilter())] == [
        DELIVERED,
        DELIVERED,
        PENDING,
    ]


async def test_changes_of_a_batch(store: Store) -> None:
    """A dead letter and its event are one transaction, and so is what is remembered of a webhook."""
    await _write(store, _new(1))
    state = WebhookState(name="ci", target="t", disabled="gone", disabled_at=at(5), failing=Mark(time=at(1)))
    update = DeliveryUpdate(id=1, state=DEAD, progress=evolve(FAILED, finished_at=at(5), reason="given up"))
    await store.commit(Batch(records=(make_event(2),), changes=(update, state)))
    row = await store.outbox.get_delivery(1)
    assert row is not None
    assert (row.state, row.progress.reason) == (DEAD, "given up")
    assert await store.outbox.read_states() == {"ci": state}


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (DeliveryFilter(), [4, 3, 2, 1]),
        (DeliveryFilter(limit=2), [4, 3]),
        (DeliveryFilter(webhook="other"), [4]),
        (DeliveryFilter(states=("dead", "delivered")), [3, 2]),
        (DeliveryFilter(failed=True), [3, 1]),
        (DeliveryFilter(run=1), [4, 1]),
        (DeliveryFilter(since=at(2)), [4, 3, 2]),
        (DeliveryFilter(webhook="nobody"), []),
    ],
)
async def test_lists(store: Store, wanted: DeliveryFilter, numbers: list[int]) -> None:
    """Newest first; fields narrow each other; `failed` is what is dead, or has failed and waits."""
    await _write(store, _new(1), _new(2), _new(3), _new(4, "other"))
    await store.outbox.write([DeliveryUpdate(id=1, state=PENDING, progress=FAILED)])
    await _finish(store, 2, DELIVERED, 9)
    await _finish(store, 3, DEAD, 9)
    assert [row.id for row in await store.outbox.list_deliveries(wanted)] == numbers


async def test_once_more(store: Store) -> None:
    """Whatever became of them, they wait again with a fresh schedule; the attempts stay in the books."""
    await _write(store, _new(1), _new(2))
    await _finish(store, 1, DELIVERED, 9)
    await _finish(store, 2, DEAD, 9)
    queued = Mark(time=at(50), boot_id="b", boottime_s=50.0)
    assert await store.outbox.requeue([2, 1, 99], queued=queued) == 2
    rows = await store.outbox.read_pending("ci", after=0, limit=9)
    assert [(row.id, row.queued, row.progress) for row in rows] == [
        (1, queued, Progress(tries=(TRY,))),
        (2, queued, Progress(tries=(TRY,))),
    ]


async def test_replays(store: Store) -> None:
    """An event that was sent is sent again under its number; one that was not gets its first delivery."""
    await _write(store, _new(5))
    await _finish(store, 1, DELIVERED, 9)
    again = _new(5, body=b'{"n":"new"}', queued=Mark(time=at(60)))
    assert await store.outbox.replay([_new(4), again]) == 2
    assert await _seqs(store) == [4, 5]
    row = await store.outbox.get_delivery(1)
    assert row is not None
    assert (row.body, row.queued, row.progress) == (again.body, again.queued, Progress(tries=(TRY,)))


async def test_bounds(store: Store) -> None:
    """Too many, or too many bytes: the oldest that wait for that webhook are given up, no others."""
    await _write(store, *(_new(seq) for seq in range(1, 10)), _new(1, "other"))
    assert await store.outbox.shrink("ci", count=6, size=10**6, at=at(20), reason="too many") == 3
    assert await _seqs(store) == [4, 5, 6, 7, 8, 9]
    assert await store.outbox.shrink("ci", count=99, size=20, at=at(20), reason="too many") == 4
    assert await _seqs(store) == [8, 9]
    assert await _seqs(store, "other") == [1]
    row = await store.outbox.get_delivery(1)
    assert row is not None
    assert (row.state, row.progress.reason, row.progress.finished_at) == (DEAD, "too many", at(20))


async def test_letting_go(store: Store) -> None:
    """By age, and what was delivered by number; never what waits."""
    await _write(store, *(_new(seq) for seq in range(1, 8)))
    for number, state in enumerate((DELIVERED, DELIVERED, DELIVERED, DEAD, DEAD), 1):
        await _finish(store, number, state, number * 10)
    assert [row.seq for row in await store.outbox.read_stale(before=at(7), limit=9)] == [6]
    assert await store.outbox.forget(delivered_before=at(15), dead_before=at(45), most=1) == 3
    left = [row.id for row in await store.outbox.list_deliveries(DeliveryFilter())]
    assert left == [7, 6, 5, 3]


async def test_numbers_are_not_used_twice(store: Store) -> None:
    """A number that somebody has written down never means another delivery."""
    await _write(store, _new(1))
    await _finish(store, 1, DELIVERED, 1)
    await store.outbox.forget(delivered_before=at(9), dead_before=at(9), most=1)
    await _write(store, _new(2), first=2)
    assert [row.id for row in await store.outbox.list_deliveries(DeliveryFilter())] == [2]


async def test_states_that_were_not_sent(store: Store) -> None:
    """Of each run whose newest delivery died lately: that one."""
    await _write(store, *(_new(seq) for seq in range(1, 7)))  # runs 1 2 0 1 2 0
    await _finish(store, 1, DEAD, 50)
    await _finish(store, 5, DEAD, 50)
    await _finish(store, 6, DEAD, 5)
    assert await store.outbox.find_unsent("ci", since=at(10)) == [5]
    assert await store.outbox.find_unsent("other", since=at(0)) == []
