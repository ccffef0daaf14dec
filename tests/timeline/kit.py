"""A timeline to test with: a recorder that writes, in virtual time, and a store that fails when it is told to."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from attrs import frozen

from aegisd.core.events import CancellationRequested, Event
from aegisd.core.record import Batch, Record, StoreError
from aegisd.store.memory import MemoryStore
from aegisd.timeline.identity import Clock, IdentitySource
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.timeline.ring import Ring

EPOCH_S = 1_800_000_000.0


class FailingStore(MemoryStore):
    """A memory store whose next `failures` commits fail, before anything is kept; each takes `delay` seconds."""

    def __init__(self, *, failures: int = 0, delay: float = 0.0) -> None:
        super().__init__()
        self.failures = failures
        self.delay = delay
        self.batches: list[int] = []
        self.failed = trio.Event()

    async def commit(self, batch: Batch) -> None:
        """Keep `batch`, or say that the disk is full."""
        await trio.sleep(self.delay)
        if self.failures:
            self.failures -= 1
            self.failed.set()
            message = "the disk is full"
            raise StoreError(message)
        self.batches.append(len(batch.records))
        await super().commit(batch)


@frozen(kw_only=True)
class Timeline:
    """What `open_timeline` opened."""

    recorder: Recorder
    ring: Ring
    store: MemoryStore


def small_ring(*, size: int, last_seq: int = 0) -> Ring:
    """A ring that holds no more than `size` events for its readers either, so that they fall behind soon."""
    ring = Ring(size=size, last_seq=last_seq, window=size)
    ring._records = deque(maxlen=size)
    return ring


def virtual_clock(*, ahead: float = 0.0, up: float = 0.0, boot_id: str | None = "boot 1") -> Clock:
    """A clock that goes with Trio's, be it virtual or not: its wall time is set `ahead` seconds, the boot `boot_id` was
    `up` seconds before Trio's time zero."""
    return Clock(
        wall=lambda: EPOCH_S + ahead + trio.current_time(),
        monotonic=trio.current_time,
        boottime=lambda: up + trio.current_time(),
        boot_id=lambda: boot_id,
    )


@asynccontextmanager
async def open_timeline(
    *,
    store: MemoryStore | None = None,
    ring_size: int = 100,
    linger: float = 0.0,
    last_seq: int = 0,
    clock: Clock | None = None,
) -> AsyncIterator[Timeline]:
    """A recorder that writes into `store`; leaving the block waits for the last event."""
    kept = store or MemoryStore()
    clock = clock or virtual_clock()
    ring = small_ring(size=ring_size, last_seq=last_seq)
    recorder = Recorder(
        store=kept, ring=ring, clock=clock, new_id=IdentitySource(wall=clock.wall), last_seq=last_seq, linger=linger
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        yield Timeline(recorder=recorder, ring=ring, store=kept)
        recorder.close()


def say(number: int) -> Emission:
    """An event without a run, that says `number`."""
    return Emission(data=CancellationRequested(by=str(number)), time="2027-01-15T08:00:00.000Z")


def said(event: Event) -> int:
    """The number that `say` put in."""
    assert isinstance(event.data, CancellationRequested)
    return int(event.data.by)


def make_record(seq: int) -> Record:
    """A numbered event as the ring takes it."""
    data = CancellationRequested(by=str(seq))
    return Record(event=Event(seq=seq, id="", type=data.type, time="", data=data), body=b"{}")
