"""The ring: the newest events, read by everyone at their own cursor."""

import inspect

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.record import EventFilter
from aegisd.timeline.ring import Ring
from tests.timeline.kit import make_record, small_ring


@given(st.integers(0, 8), st.lists(st.integers(0, 5), max_size=8), st.integers(0, 20))
def test_holds_the_last(size: int, batches: list[int], start: int) -> None:
    """After any batches the ring gives everything after a cursor, or says that it has moved on, never less."""
    ring, seq = small_ring(size=size, last_seq=start), start
    for count in batches:
        ring.extend(make_record(seq + more) for more in range(1, count + 1))
        seq += count
    assert ring.last_seq == seq
    kept = min(size, seq - start)
    for cursor in range(start, seq + 2):
        found = ring.after(cursor)
        if seq - cursor > kept:
            assert found is None
        else:
            assert found is not None
            assert [record.event.seq for record in found] == list(range(cursor + 1, seq + 1))


def test_a_burst_sends_nobody_to_the_store() -> None:
    """S10: readers find more than the last N of a burst; people are shown the last N and no more."""
    ring = Ring(size=3)
    ring.extend(map(make_record, range(1, 101)))
    assert ring.after(10) is not None
    assert [record.event.seq for record in ring.recent(50)] == [98, 99, 100]


def test_nothing_is_locked() -> None:
    """W2.18: adding and looking never wait, so nothing can come between them and no lock is needed."""
    ring = small_ring(size=4)
    assert not any(inspect.iscoroutinefunction(each) for each in (ring.extend, ring.after, ring.recent))
    ring.extend([make_record(1)])
    assert [record.event.seq for record in ring.after(0) or ()] == [1]


def test_memory_is_bounded() -> None:
    """W4.3, S106, S10: however many events there are, a ring holds a bounded number of them."""
    ring = Ring(size=3)
    ring.extend(map(make_record, range(1, 20_001)))
    assert ring.after(0) is None
    assert len(ring._records) < 10_000


def test_after_a_restart() -> None:
    """A ring that begins empty on an old store sends readers of old events there, others wait."""
    ring = Ring(size=10, last_seq=500)
    assert ring.after(499) is None
    assert ring.after(500) == []


def test_recent() -> None:
    """S11: the newest `limit` that pass the filter, in order; 0 is none, not all."""
    ring = Ring(size=50)
    ring.extend(map(make_record, range(1, 41)))
    assert [record.event.seq for record in ring.recent(3)] == [38, 39, 40]
    assert len(ring.recent()) == 20
    assert ring.recent(0) == []
    assert ring.recent(5, EventFilter(types=frozenset({"step.started"}))) == []


async def test_one_event_wakes_all(autojump_clock: trio.abc.Clock) -> None:
    """S79: every waiting reader is woken by one announcement, whatever their number."""
    ring, woken = Ring(size=10), []

    async def read(number: int) -> None:
        await ring.wait_beyond(0)
        woken.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(read, number)
        await trio.sleep(1)
        assert woken == []
        ring.extend([make_record(1)])
    assert sorted(woken) == list(range(50))


async def test_closing_wakes_readers(autojump_clock: trio.abc.Clock) -> None:
    """Readers see the end of the timeline as an end, not as an error."""
    ring = Ring(size=10)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ring.wait_beyond, 0)
        await trio.sleep(1)
        ring.close()
    assert ring.closed
    with trio.fail_after(20):
        await ring.wait_beyond(99)


@pytest.mark.parametrize("cursor", [0, 3])
async def test_no_wait_for_what_is_there(cursor: int, autojump_clock: trio.abc.Clock) -> None:
    """A reader behind the newest event does not wait."""
    ring = Ring(size=1)
    ring.extend(map(make_record, range(1, 5)))
    with trio.fail_after(20):
        await ring.wait_beyond(cursor)
