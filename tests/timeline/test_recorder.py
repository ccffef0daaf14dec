"""The recorder: numbered, written, then announced; nothing lost, whatever the store does."""

import logging
from itertools import pairwise

import pytest
import trio

from aegisd.core.codec import decode_event
from aegisd.core.events import WorkflowCompleted, WorkflowQueued
from aegisd.core.model import Result, State, Trigger
from aegisd.core.record import EventFilter
from aegisd.timeline.recorder import Emission
from tests.timeline.kit import FailingStore, Timeline, open_timeline, said, say


def _stored(timeline: Timeline) -> list[tuple[int, int]]:
    """Each stored event as (seq, what it says)."""
    return [(record.event.seq, said(record.event)) for record in timeline.store.records]


def _about_run(data: WorkflowQueued | WorkflowCompleted) -> Emission:
    return Emission(data=data, time="2027-01-15T08:00:00.000Z", workflow="w", run=1)


_QUEUED = WorkflowQueued(trigger=Trigger(), definition="d", step_count=0)
_ENDED = WorkflowCompleted(result=Result.SUCCESS, success=True, duration_s=0.0, steps={})


async def test_numbers_without_holes(autojump_clock: trio.abc.Clock) -> None:
    """W4.14: events are numbered from the last one of the store on, in the order in which they were handed over."""
    async with open_timeline(last_seq=41) as timeline:
        for number in range(2500):
            await timeline.recorder.emit(say(number))
    assert _stored(timeline) == [(42 + number, number) for number in range(2500)]
    assert len({record.event.id for record in timeline.store.records}) == 2500


async def test_emissions_of_one_call_stay_together(autojump_clock: trio.abc.Clock) -> None:
    """S9: what is handed over in one call is numbered one right after the other, whoever else emits."""

    async def emit(first: int) -> None:
        for number in range(first, first + 300, 3):
            await timeline.recorder.emit(*map(say, (number, number + 1, number + 2)))
            await trio.lowlevel.checkpoint()

    async with open_timeline() as timeline, trio.open_nursery() as nursery:
        for first in range(0, 3000, 300):
            nursery.start_soon(emit, first)
    order = [number for _, number in _stored(timeline)]
    assert sorted(order) == list(range(3000))
    assert all(other == one + 1 for one, other in pairwise(order) if other % 3)


async def test_record_returns_after_the_commit(autojump_clock: trio.abc.Clock) -> None:
    """An answer is given once the event is on disk and announced, not before."""
    async with open_timeline(store=FailingStore(delay=3.0)) as timeline:
        began = trio.current_time()
        assert await timeline.recorder.record(say(1), say(2)) == 2
        assert trio.current_time() == began + 3.0
        assert len(timeline.store.records) == 2
        assert timeline.ring.last_seq == 2


async def test_group_commit(autojump_clock: trio.abc.Clock) -> None:
    """W4.7: what gathers while a commit is under way is one transaction, so that a sync is paid once for many."""
    store = FailingStore(delay=1.0)
    async with open_timeline(store=store) as timeline, trio.open_nursery() as nursery:
        for number in range(100):
            nursery.start_soon(timeline.recorder.record, say(number))
    assert len(store.batches) <= 2
    assert sum(store.batches) == 100


async def test_an_answer_is_not_kept_waiting_by_linger(autojump_clock: trio.abc.Clock) -> None:
    """With a linger of 10 s events are gathered that long, unless somebody waits for one."""
    store = FailingStore()
    async with open_timeline(store=store, linger=10.0) as timeline:
        for number in range(5):
            await timeline.recorder.emit(say(number))
            await trio.sleep(1.0)
        began = trio.current_time()
        await timeline.recorder.record(say(5))
        assert trio.current_time() == began
    assert store.batches == [6]


async def test_backpressure(autojump_clock: trio.abc.Clock) -> None:
    """S22: emitters do not wait until the channel is full; then they do, and nothing is lost."""
    async with open_timeline(store=FailingStore(delay=5.0)) as timeline:
        began = trio.current_time()
        for number in range(1000):
            await timeline.recorder.emit(say(number))
        assert trio.current_time() == began
        for number in range(1000, 20_000):
            await timeline.recorder.emit(say(number))
        assert trio.current_time() >= began + 5.0
    assert _stored(timeline) == [(number + 1, number) for number in range(20_000)]


async def test_a_cancelled_task_has_its_last_words(autojump_clock: trio.abc.Clock) -> None:
    """S65: an emission from a cancelled task is recorded, also when the channel is full just then."""
    async with open_timeline(store=FailingStore(delay=5.0)) as timeline:
        with trio.CancelScope() as scope:
            scope.cancel()
            for number in range(12_000):
                await timeline.recorder.emit(say(number))
            await timeline.recorder.record(say(12_000))
    assert _stored(timeline) == [(number + 1, number) for number in range(12_001)]


@pytest.mark.parametrize("failures", [1, 7])
async def test_a_store_that_fails(
    failures: int, autojump_clock: trio.abc.Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """W1.16: a failing store loses nothing and changes no order: readers see nothing until it works again, and
    `failure` says why; it is logged once, and so is its end."""
    async with open_timeline(store=FailingStore(failures=failures)) as timeline, trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(timeline.recorder.record, say(number))
        await trio.sleep(failures - 0.5)
        assert timeline.recorder.failure == "the disk is full"
        assert timeline.ring.last_seq == 0
    assert timeline.recorder.failure is None
    assert [seq for seq, _ in _stored(timeline)] == list(range(1, 51))
    assert [record.event for record in timeline.ring.recent(50)] == [record.event for record in timeline.store.records]
    assert [entry.levelno for entry in caplog.records] == [logging.ERROR, logging.WARNING]


async def test_causes_are_numbers(autojump_clock: trio.abc.Clock) -> None:
    """A cause may be an emission that is still on its way: it is its number on disk."""
    first = say(1)
    async with open_timeline(last_seq=9) as timeline:
        second = say(2)
        second.cause = first
        third = say(3)
        third.cause = 4
        await timeline.recorder.record(first, second, third)
    assert [record.event.cause for record in timeline.store.records] == [None, 10, 4]


async def test_bodies_are_the_events(autojump_clock: trio.abc.Clock) -> None:
    """What the store holds as JSON is the event that readers of the ring see."""
    async with open_timeline() as timeline:
        await timeline.recorder.record(say(1))
        assert [decode_event(record.body) for record in timeline.store.records] == [
            record.event for record in timeline.ring.recent()
        ]


async def test_folds_live_as_long_as_their_runs(autojump_clock: trio.abc.Clock) -> None:
    """The state of a run is held until it has ended; its row is written with the events that changed it."""
    async with open_timeline() as timeline:
        await timeline.recorder.record(_about_run(_QUEUED))
        assert timeline.recorder.folds[1].state is State.PENDING
        row = await timeline.store.get_run(1)
        assert row is not None
        assert row.state is State.PENDING
        await timeline.recorder.record(_about_run(_ENDED))
        assert timeline.recorder.folds == {}
        row = await timeline.store.get_run(1)
        assert row is not None
        assert row.result is Result.SUCCESS


async def test_an_illegal_event_is_said_aloud(autojump_clock: trio.abc.Clock, caplog: pytest.LogCaptureFixture) -> None:
    """An event that the tables do not allow is recorded and logged as our defect: it does not end aegisd."""
    async with open_timeline() as timeline:
        await timeline.recorder.record(_about_run(_ENDED))
    assert "event 1 is a defect of the engine" in caplog.text
    assert len(await timeline.store.read_events(0, limit=9, wanted=EventFilter())) == 1
