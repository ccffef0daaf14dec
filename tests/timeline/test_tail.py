"""Reading the timeline: from store to ring to live, without a hole, without a double; gaps are declared."""

from collections.abc import Sequence
from typing import Any

import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from aegisd.core.record import EventFilter
from aegisd.store.memory import MemoryStore
from aegisd.timeline.recorder import Emission
from aegisd.timeline.tail import Gap, Tail
from tests.timeline.kit import FailingStore, Timeline, open_timeline, said, say

_delays = st.sampled_from([0.0, 0.125, 1.0])


class _ForgettingStore(MemoryStore):
    """A memory store that can let go of single events."""

    def forget(self, seqs: Sequence[int]) -> None:
        """Drop the events numbered `seqs`."""
        gone = set(seqs)
        self.records = [record for record in self.records if record.event.seq not in gone]


async def _read_all(tail: Tail, pauses: Sequence[float], into: list[Any]) -> None:
    """Read to the end of the timeline, with a pause after each page."""
    turn = 0
    while True:
        page = await tail.read()
        into += page
        if not page and not await tail.wait():
            return
        await trio.sleep(pauses[turn % len(pauses)])
        turn += 1


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 40), _delays), max_size=12),
    st.lists(_delays, min_size=1, max_size=4),
    st.integers(0, 30),
    st.integers(0, 60),
)
def test_no_hole_no_double(batches: list[tuple[int, float]], pauses: list[float], ring_size: int, cursor: int) -> None:
    """W3.11, W4.5: a reader at any cursor sees every event above it once, in order: whatever the batches, the size of
    the
    ring and its own pace, across store, ring and live events."""
    seen: list[Any] = []

    async def main() -> None:
        async with (
            trio.open_nursery() as nursery,
            open_timeline(store=FailingStore(delay=0.125), ring_size=ring_size) as timeline,
        ):
            tail = Tail(ring=timeline.ring, store=timeline.store, wanted=EventFilter(), cursor=cursor)
            nursery.start_soon(_read_all, tail, pauses, seen)
            number = 0
            for count, delay in batches:
                for _ in range(count):
                    number += 1
                    await timeline.recorder.emit(say(number))
                await trio.sleep(delay)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    total = sum(count for count, _ in batches)
    assert [item.event.seq for item in seen if not isinstance(item, Gap)] == list(range(cursor + 1, total + 1))
    assert not any(isinstance(item, Gap) for item in seen)


@given(st.integers(0, 40).flatmap(lambda count: st.tuples(st.just(count), st.sets(st.integers(1, max(1, count))))))
def test_what_is_forgotten_is_declared(case: tuple[int, set[int]]) -> None:
    """W4.13: events and gaps together cover every number once, in order; a gap names exactly what is gone."""
    count, gone = case
    gone = {seq for seq in gone if seq <= count}
    items: list[Any] = []

    async def main() -> None:
        store = _ForgettingStore()
        async with open_timeline(store=store, ring_size=0) as timeline:
            for number in range(count):
                await timeline.recorder.record(say(number))
            store.forget(sorted(gone))
            tail = Tail(ring=timeline.ring, store=store, wanted=EventFilter(), cursor=0)
            while page := await tail.read():
                items.extend(page)
            assert tail.cursor == count

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    numbers: list[int] = []
    for item in items:
        if isinstance(item, Gap):
            numbers += range(item.first, item.last + 1)
            assert set(range(item.first, item.last + 1)) <= gone
        else:
            numbers.append(item.event.seq)
            assert item.event.seq not in gone
    assert numbers == list(range(1, count + 1))


async def test_a_filter_does_not_hide_a_gap(autojump_clock: trio.abc.Clock) -> None:
    """One who filters is told which events are gone, since some of them might have passed; who follows one run is
    not: its events are all there."""
    async with open_timeline(ring_size=0) as timeline:
        for number in range(1, 13):
            mine = say(number)
            await timeline.recorder.record(Emission(data=mine.data, time=mine.time, run=number % 3))
        await timeline.store.forget_runs([1])
        kinds = Tail(
            ring=timeline.ring,
            store=timeline.store,
            wanted=EventFilter(types=frozenset({"cancellation.*"})),
            cursor=2,
        )
        page = await kinds.read()
        assert [item.first if isinstance(item, Gap) else -item.seq for item in page] == [
            -3,
            4,
            -5,
            -6,
            7,
            -8,
            -9,
            10,
            -11,
            -12,
        ]
        mine_only = Tail(ring=timeline.ring, store=timeline.store, wanted=EventFilter(run=2), cursor=2)
        assert [item.seq for item in await mine_only.read() if not isinstance(item, Gap)] == [5, 8, 11]


async def _emit(timeline: Timeline, first: int, last: int) -> None:
    for number in range(first, last + 1):
        await timeline.recorder.emit(say(number))
    await timeline.recorder.record(say(0))


async def test_pages_are_bounded(autojump_clock: trio.abc.Clock) -> None:
    """A reader that comes late reads the store page by page: no page grows with the store."""
    async with open_timeline(ring_size=10) as timeline:
        await _emit(timeline, 1, 1700)
        tail = Tail(ring=timeline.ring, store=timeline.store, wanted=EventFilter(), cursor=0)
        sizes = []
        while page := await tail.read():
            sizes.append(len(page))
    assert sum(sizes) == 1701
    assert max(sizes) <= 500


async def test_a_page_that_begins_beyond_what_was_announced(autojump_clock: trio.abc.Clock) -> None:
    """Nothing is shown before it is announced, and a page of such events does not stop the reader either."""
    store = _ForgettingStore()
    async with open_timeline(store=store, ring_size=0) as timeline:
        await _emit(timeline, 1, 9)
        later = [record for record in store.records for _ in range(1)]
        tail = Tail(ring=timeline.ring, store=store, wanted=EventFilter(), cursor=5)
        store.forget(range(4, 10))
        timeline.ring.last_seq = 8  # the last commits are on disk, their announcement is still to come
        assert await tail.read() == [Gap(first=6, last=8)]
        timeline.ring.last_seq = 10
        page = await tail.read()
        assert [item if isinstance(item, Gap) else item.event.seq for item in page] == [
            Gap(first=9, last=9),
            later[-1].event.seq,
        ]


async def test_filters(autojump_clock: trio.abc.Clock) -> None:
    """W2.19, S11, S19: a filter gives the same from the store, the ring and live; the cursor moves over what does not
    pass."""
    wanted = EventFilter(run=7)
    seen: list[Any] = []
    async with trio.open_nursery() as nursery, open_timeline(ring_size=5) as timeline:
        tail = Tail(ring=timeline.ring, store=timeline.store, wanted=wanted, cursor=0)
        for number in range(1, 101):
            mine = say(number)
            emission = Emission(data=mine.data, time=mine.time, run=7 if number % 10 == 0 else None)
            await timeline.recorder.record(emission)
            if number == 50:
                nursery.start_soon(_read_all, tail, [0.0], seen)
                await trio.sleep(1)
    assert [said(item.event) for item in seen if not isinstance(item, Gap)] == list(range(10, 101, 10))
    assert tail.cursor == 100


async def test_the_end(autojump_clock: trio.abc.Clock) -> None:
    """`wait` says False once the timeline is closed and all is read."""
    async with open_timeline() as timeline:
        await timeline.recorder.record(say(1))
        tail = Tail(ring=timeline.ring, store=timeline.store, wanted=EventFilter(), cursor=0)
        assert await tail.wait()
    assert len(await tail.read()) == 1
    assert await tail.read() == []
    assert not await tail.wait()
