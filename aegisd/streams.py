"""What the doors follow: events of the timeline and output of steps, pulled at the reader's own pace."""

from collections.abc import Sequence
from itertools import islice

import trio
from attrs import define, frozen

from aegisd.core.event_filter import EventFilter
from aegisd.core.events import WorkflowCompleted
from aegisd.core.model import State
from aegisd.core.record import Record, StoredRecord
from aegisd.core.state import RunState
from aegisd.selector import parse_cursor
from aegisd.store import Store
from aegisd.store.logs import LogChunk, LogStore, find_line, read_chunks
from aegisd.timeline.identity import format_time
from aegisd.timeline.recorder import Recorder
from aegisd.timeline.ring import Ring
from aegisd.timeline.tail import Gap, Tail

_PIECES = 16
_LOOK_S = 0.2
_COMPLETED = WorkflowCompleted.type.encode()


class EventStream:
    """Events after a cursor of the store `epoch`. With `run` the stream ends with that run; `over`: that run has ended
    before."""

    def __init__(
        self,
        tail: Tail,
        *,
        epoch: str,
        first: Sequence[Record | StoredRecord | Gap] = (),
        run: int | None = None,
        over: bool = False,
    ) -> None:
        self._tail = tail
        self.epoch = epoch
        self._first = list(first)
        self._run = run
        self._over = over

    async def read(self) -> list[Record | StoredRecord | Gap]:
        """What there is now after the cursor; [] when everything was read."""
        if self._first:
            page, self._first = self._first, []
        else:
            before = -1
            page = []
            while not page and before != self._tail.cursor:
                before = self._tail.cursor
                page = await self._tail.read()
        if self._run is not None:
            self._over = self._over or any(self._is_last(item) for item in page)
        return page

    async def wait(self) -> bool:
        """Until there is more. False when there will be nothing more."""
        return not self._over and await self._tail.wait()

    def cursor(self, seq: int | None = None) -> str:
        """Where a reader goes on after event `seq`, or after all that was read or passed over so far."""
        return f"{self.epoch}.{self._tail.cursor if seq is None else seq}"

    def _is_last(self, item: Record | StoredRecord | Gap) -> bool:
        return (
            not isinstance(item, Gap)
            and _COMPLETED in item.body
            and isinstance(item.event.data, WorkflowCompleted)
            and item.event.run == self._run
        )


async def open_stream(
    wanted: EventFilter, *, store: Store, ring: Ring, finished: bool, after: str | None, last: int | None
) -> EventStream:
    """See `Daemon.open_tail`. `finished`: the store has the end of the run that is `wanted`, which may be a moment
    before it is announced."""
    over = finished and await _is_announced(wanted, store, ring)
    announced, first = ring.last_seq, []
    if after is not None:
        announced = parse_cursor(after, epoch=store.bounds.epoch)
    elif last is not None:
        rows = await store.read_last_events(last, wanted=wanted)
        first = [row for row in rows if row[0] <= announced] if last else []
    elif wanted.since is not None:
        announced = await store.seq_before(wanted.since)
    elif wanted.run is not None:
        announced = 0
    tail = Tail(ring=ring, store=store, wanted=wanted, cursor=announced)
    shown = [StoredRecord(seq=seq, body=body) for seq, body in first]
    return EventStream(tail, epoch=store.bounds.epoch, first=shown, run=wanted.run, over=over)


async def _is_announced(wanted: EventFilter, store: Store, ring: Ring) -> bool:
    """Whether readers of the ring have been told of the last event of the run."""
    rows = await store.read_last_events(1, wanted=EventFilter(run=wanted.run))
    return not rows or rows[-1][0] <= ring.last_seq


@frozen(kw_only=True)
class LogPiece:
    """Some output: `data` from `offset` on of a log that had `size` bytes, seen at `time` (RFC 3339)."""

    step: str
    attempt: int
    offset: int
    size: int
    time: str
    data: bytes


@define(eq=False)
class _Source:
    """One attempt's log on its way to a reader."""

    step: str
    index: int
    attempt: int
    path: str
    offset: int = 0


class LogStream:
    """The output of a run's steps. `state` is the run as it stood when the stream was opened."""

    def __init__(
        self,
        *,
        logs: LogStore,
        recorder: Recorder,
        state: RunState,
        steps: frozenset[str],
        attempt: int,
        follow: bool,
        lines: int | None,
    ) -> None:
        self._logs = logs
        self._recorder = recorder
        self._state = state
        self._steps = steps
        self._attempt = attempt
        self._follow = follow
        self._lines = lines
        self._offset = 0
        self._sources: dict[str, _Source] = {}
        self._pieces: list[LogPiece] = []
        self._begun = False

    def start_at(self, offset: int) -> None:
        """Begin each log at this byte of it. To be called before the first `read`."""
        self._offset = offset

    async def read(self) -> LogPiece | None:
        """The next piece; waits for it when following. None at the end."""
        while True:
            if self._pieces:
                return self._pieces.pop(0)
            over = self._is_over()
            await self._collect()
            self._begun = True
            if self._pieces:
                continue
            if over:
                return None
            with trio.move_on_after(_LOOK_S):
                await self._logs.wait_grown()

    async def _collect(self) -> None:
        """Fill `_pieces` from the first source that has something, in the order of the workflow."""
        for source in await self._current_sources():
            size = self._logs.size(source.path)
            if size <= source.offset:
                continue
            chunks = await trio.to_thread.run_sync(_read_some, source.path, source.offset, size)
            for chunk in chunks:
                source.offset = chunk.offset + len(chunk.data)
                self._pieces.append(_piece(source, chunk, size))
            if chunks:
                return

    async def _current_sources(self) -> list[_Source]:
        live = self._recorder.folds.get(self._state.id)
        if live is not None:
            self._state = live
        for step in sorted(self._state.steps.values(), key=lambda step: step.index):
            if self._steps and step.name not in self._steps:
                continue
            for attempt in self._attempts_of(step.attempt):
                path = self._logs.path(self._state.id, step.index, step.name, attempt)
                if path not in self._sources:
                    self._sources[path] = await self._open(step.name, step.index, attempt, path)
        return list(self._sources.values())

    def _attempts_of(self, last: int) -> list[int]:
        """Which attempts of a step are shown: the one asked for, else the last one (and those that come)."""
        if self._attempt:
            return [self._attempt] if self._attempt <= last else []
        return [last] if last else []

    async def _open(self, step: str, index: int, attempt: int, path: str) -> _Source:
        size = self._logs.size(path)
        offset = min(self._offset, size)
        if self._lines is not None and not self._begun and size:
            lines, offset = self._lines, size
            if lines:
                offset = await trio.to_thread.run_sync(lambda: find_line(path, lines=lines, stop=size))
        return _Source(step, index, attempt, path, offset)

    def _is_over(self) -> bool:
        """Whether no more output can come than is there now."""
        if not self._follow:
            return True
        live = self._recorder.folds.get(self._state.id)
        if live is None or live.state is State.FINISHED:
            return True
        named = [step for step in live.steps.values() if step.name in self._steps]
        return bool(self._steps) and len(named) == len(self._steps) and all(s.state is State.FINISHED for s in named)


def _read_some(path: str, start: int, stop: int) -> list[LogChunk]:
    try:
        return list(islice(read_chunks(path, start=start, stop=stop), _PIECES))
    except FileNotFoundError:
        return []


def _piece(source: _Source, chunk: LogChunk, size: int) -> LogPiece:
    return LogPiece(
        step=source.step,
        attempt=source.attempt,
        offset=chunk.offset,
        size=size,
        time=format_time(chunk.time),
        data=chunk.data,
    )
