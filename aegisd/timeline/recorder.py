"""The one task that numbers events and writes them: whatever is waiting becomes one transaction, then it is announced.

Nothing is announced before it is on disk. An emitter does not wait, except where somebody is answered (`record`) and
where the channel is full. When the store fails, the recorder keeps the batch and tries again: nothing is lost, runs
stall at the full channel, and `failure` says why to those who ask.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import trio
from attrs import define, field

from aegisd.core.codec import encode_event
from aegisd.core.delivery import NewDelivery, OutboxChange
from aegisd.core.events import Event, EventData, WorkflowCompleted, WorkflowQueued
from aegisd.core.hook import Delivery
from aegisd.core.model import RunSummary, State
from aegisd.core.record import Batch, Record, StoreError
from aegisd.core.state import IllegalTransitionError, RunState, apply
from aegisd.timeline.identity import Clock
from aegisd.timeline.ring import Ring

_log = logging.getLogger("aegisd.recorder")

_BATCH = 2000
_CAPACITY = 4000
_RETRY_S = 1.0


class Writer(Protocol):
    """The part of the store that the recorder needs."""

    async def commit(self, batch: Batch) -> None:
        """Write `batch` durably or raise StoreError."""


class Outbox(Protocol):
    """Who makes deliveries of events. Neither method waits or raises."""

    def collect(self, records: Sequence[Record], folds: Mapping[int, RunState]) -> tuple[NewDelivery, ...]:
        """The deliveries that `records` cause; they are written together with them."""

    def announce(self, deliveries: Sequence[NewDelivery]) -> None:
        """`deliveries` are on disk."""


@define(eq=False, kw_only=True)
class Emission:
    """An event on its way: not numbered yet. `cause` may be an emission that is still on its way itself; `marks` and
    `changes` are written together with it."""

    data: EventData
    time: str
    workflow: str | None = None
    run: int | None = None
    step: str | None = None
    index: int | None = None
    attempt: int | None = None
    phase: str | None = None
    cause: "Emission | int | None" = None
    definition: tuple[str, bytes] | None = None
    delivery: Delivery | None = None
    marks: Mapping[str, str] | None = None
    changes: tuple[OutboxChange, ...] = ()
    seq: int = 0
    durable: trio.Event | None = field(default=None)


class Recorder:
    """Takes emissions, gives numbered events to store and ring. `folds` holds the state of every unfinished run.

    `follow` is asked, at the end of each run, for what is written in the same transaction: the runs that follow.
    `outbox` makes the deliveries that events cause; both may be set before the first emission.
    """

    def __init__(
        self, *, store: Writer, ring: Ring, clock: Clock, new_id: Callable[[], str], last_seq: int, linger: float = 0.0
    ) -> None:
        self._store = store
        self._ring = ring
        self._new_id = new_id
        self._last_seq = last_seq
        self._linger = linger
        self._send, self._receive = trio.open_memory_channel[tuple[Emission, ...]](_CAPACITY)
        self._urgent = trio.Event()
        self.clock = clock
        self.folds: dict[int, RunState] = {}
        self.failure: str | None = None
        self.follow: Callable[[Event, RunState], Sequence[Emission]] | None = None
        self.outbox: Outbox | None = None

    async def emit(self, *emissions: Emission) -> None:
        """Hand `emissions` over, to be numbered one right after the other. Waits only while the channel is full, and
        then shielded: a cancelled task's last words must not be lost."""
        try:
            self._send.send_nowait(emissions)
        except trio.WouldBlock:
            with trio.CancelScope(shield=True):
                await self._send.send(emissions)

    async def record(self, *emissions: Emission) -> int:
        """As `emit`, and wait until they are on disk. Returns the seq of the last one."""
        durable = await self.hurry(*emissions)
        with trio.CancelScope(shield=True):
            await durable.wait()
        return emissions[-1].seq

    async def hurry(self, *emissions: Emission) -> trio.Event:
        """As `emit`, to be written without lingering. The event that is returned is set once they are on disk."""
        durable = emissions[-1].durable = trio.Event()
        await self.emit(*emissions)
        self._urgent.set()
        return durable

    def close(self) -> None:
        """There will be no more emissions; `run` ends after the last one is written."""
        self._send.close()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Write until `close`."""
        task_status.started()
        async for first in self._receive:
            emissions = list(first)
            if self._linger and all(emission.durable is None for emission in first):
                with trio.move_on_after(self._linger):
                    await self._urgent.wait()
            self._urgent = trio.Event()
            self._drain_into(emissions)
            await self._write(emissions)
        self._ring.close()

    def _drain_into(self, emissions: list[Emission]) -> None:
        while len(emissions) < _BATCH:
            try:
                emissions.extend(self._receive.receive_nowait())
            except (trio.WouldBlock, trio.EndOfChannel):
                return

    async def _write(self, emissions: list[Emission]) -> None:
        numbered = self._number_all(emissions)
        emissions, records = [emission for emission, _ in numbered], tuple(record for _, record in numbered)
        definitions = dict(emission.definition for emission in emissions if emission.definition is not None)
        deliveries = tuple(emission.delivery for emission in emissions if emission.delivery is not None)
        outgoing = self.outbox.collect(records, self.folds) if self.outbox is not None else ()
        changes = tuple(change for emission in emissions for change in emission.changes)
        marks = {name: text for emission in emissions for name, text in (emission.marks or {}).items()}
        batch = Batch(
            records=records,
            runs=self._project(records),
            definitions=definitions,
            deliveries=deliveries,
            marks=marks,
            outgoing=outgoing,
            changes=changes,
        )
        await self._commit(batch)
        self._ring.extend(records)
        if self.outbox is not None and outgoing:
            self.outbox.announce(outgoing)
        for emission in emissions:
            if emission.durable is not None:
                emission.durable.set()

    async def _commit(self, batch: Batch) -> None:
        with trio.CancelScope(shield=True):
            while True:
                try:
                    await self._store.commit(batch)
                except StoreError as error:
                    if self.failure is None:
                        _log.error("cannot record events: %s", error)
                    self.failure = str(error)
                    await trio.sleep(_RETRY_S)
                else:
                    if self.failure is not None:
                        _log.warning("the store works again")
                    self.failure = None
                    return

    def _number_all(self, emissions: list[Emission]) -> list[tuple[Emission, Record]]:
        """Number `emissions`, and right after the end of a run what follows from it."""
        numbered: list[tuple[Emission, Record]] = []
        waiting = deque(emissions)
        while waiting:
            emission = waiting.popleft()
            record = self._number(emission)
            numbered.append((emission, record))
            if self.follow is not None and isinstance(emission.data, WorkflowCompleted):
                state = self.folds.get(record.event.run or 0)
                is_end = state is not None and state.last_seq == record.seq  # not one that the tables refused
                waiting.extendleft(reversed(self.follow(record.event, state) if state and is_end else ()))
        return numbered

    def _number(self, emission: Emission) -> Record:
        self._last_seq += 1
        emission.seq = self._last_seq
        cause = emission.cause
        event = Event(
            seq=emission.seq,
            id=self._new_id(),
            type=emission.data.type,
            time=emission.time,
            data=emission.data,
            workflow=emission.workflow,
            run=emission.run,
            step=emission.step,
            index=emission.index,
            attempt=emission.attempt,
            phase=emission.phase,
            cause=cause.seq if isinstance(cause, Emission) else cause,
        )
        if event.run is not None:
            self._fold(event, event.run)
        return Record(event=event, body=encode_event(event))

    def _fold(self, event: Event, run: int) -> None:
        state = self.folds.get(run)
        if state is None:
            state = RunState(id=run)
            if event.type == WorkflowQueued.type:
                self.folds[run] = state
        try:
            apply(state, event)
        except IllegalTransitionError as error:
            _log.error("event %d is a defect of the engine: %s", event.seq, error)

    def _project(self, records: tuple[Record, ...]) -> tuple[RunSummary, ...]:
        """The rows of the runs that `records` changed; finished runs leave memory."""
        changed = {record.event.run for record in records if record.event.run is not None} & self.folds.keys()
        rows = []
        for state in [self.folds[run] for run in changed]:
            rows.append(state.summarize())
            if state.state is State.FINISHED:
                del self.folds[state.id]
        return tuple(rows)
