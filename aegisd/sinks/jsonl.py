"""The sink `jsonl`: events as lines of a file, of one for all or of one in each run's directory.

It is opened by every delivery that needs it, so that a file which is moved, removed or full meanwhile costs nothing but
the next attempt. A delivery is repeated as a whole; the file knows what it has.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import trio
from attrs import evolve

from aegisd.config.subscription_keys import Subscription
from aegisd.core.event_filter import EventFilter
from aegisd.core.record import StoreError
from aegisd.sinks.base import Item, Sink, SinkError, Terms
from aegisd.sinks.event_file import EventFile, Line
from aegisd.sinks.surroundings import Surroundings, encode_line
from aegisd.sinks.wanted import make_filter

_BATCH = 500
_PAGE = 1000
_KNOWN_RUNS = 256
_CLOSE_S = 2.0


def open_jsonl(subscription: Subscription, around: Surroundings) -> tuple[Sink, Terms]:
    """The sink of a subscription of the type `jsonl`; its `spec` is a JsonlKeys."""
    keys = subscription.spec
    terms = Terms(batch=_BATCH, max_retries=None, retry_backoff=subscription.retry_backoff, timeout=keys.timeout)
    if keys.path is None:
        return RunFiles(around, wanted=make_filter(subscription)), terms
    file = EventFile(Path(keys.path), epoch=around.epoch, max_size=keys.max_size, keep=keys.keep)
    return OneFile(file, epoch=around.epoch), terms


class OneFile:
    """All events in one file."""

    def __init__(self, file: EventFile, *, epoch: str) -> None:
        self._file = file
        self._epoch = epoch
        self._limiter = trio.CapacityLimiter(1)

    async def deliver(self, items: Sequence[Item]) -> None:
        """Add `items`."""
        lines = _encode(self._epoch, items)
        await _work(lambda: self._file.append(lines), self._limiter)

    async def settle(self) -> None:
        """Sync the file."""
        await _work(self._file.sync, self._limiter)

    def hasten(self) -> None:
        """A write cannot be hurried."""

    async def close(self) -> None:
        """Let go of the file."""
        with trio.move_on_after(_CLOSE_S):
            await _work(self._file.close, self._limiter)


class RunFiles:
    """The events of each run in a file of its own, complete from its first one: what came before the subscription, or
    was lost with a file, is taken from the store."""

    def __init__(self, around: Surroundings, *, wanted: EventFilter) -> None:
        self._around = around
        self._wanted = wanted
        self._files: OrderedDict[int, EventFile] = OrderedDict()
        self._unsettled: set[int] = set()
        self._limiter = trio.CapacityLimiter(1)

    async def deliver(self, items: Sequence[Item]) -> None:
        """Add `items`, each to the file of its run; events of no run have no file."""
        runs: dict[int, list[Item]] = {}
        for item in items:
            if item.event.run is not None:
                runs.setdefault(item.event.run, []).append(item)
        for run, members in runs.items():
            await self._add(run, members)

    async def settle(self) -> None:
        """Sync the files that have something new."""
        files = [self._files[run] for run in self._unsettled & self._files.keys()]
        await _work(lambda: _sync_all(files), self._limiter)
        self._unsettled.clear()

    def hasten(self) -> None:
        """A write cannot be hurried."""

    async def close(self) -> None:
        """Nothing is held open between deliveries."""

    async def _add(self, run: int, items: Sequence[Item]) -> None:
        lines = _encode(self._around.epoch, items)
        file = self._files.get(run)
        if file is None:
            if await self._is_gone(run):
                return
            file = EventFile(self._directory(run) / "events.jsonl", epoch=self._around.epoch)
            await _work(lambda: _add(file, ()), self._limiter)
            lines = [*await self._read_before(run, after=file.last_seq, before=items[0].seq), *lines]
        await _work(lambda: _add(file, lines), self._limiter)
        self._files[run] = file
        self._unsettled.add(run)
        self._files.move_to_end(run)
        if len(self._files) > _KNOWN_RUNS:
            _, oldest = self._files.popitem(last=False)
            await _work(lambda: _sync_all([oldest]), self._limiter)

    def _directory(self, run: int) -> Path:
        return self._around.state_dir / "runs" / str(run)

    async def _is_gone(self, run: int) -> bool:
        """Whether retention has let go of `run`: its directory must not come back."""
        if await trio.to_thread.run_sync(self._directory(run).is_dir):
            return False
        return await self._around.store.get_run(run) is None

    async def _read_before(self, run: int, *, after: int, before: int) -> list[Line]:
        lines: list[Line] = []
        wanted = evolve(self._wanted, run=run)
        while True:
            try:
                rows = await self._around.store.read_events(after, limit=_PAGE, wanted=wanted)
            except StoreError as error:
                raise SinkError(str(error)) from error
            lines += [(seq, encode_line(self._around.epoch, seq, body)) for seq, body in rows if seq < before]
            if len(rows) < _PAGE or rows[-1][0] >= before:
                return lines
            after = rows[-1][0]


def _encode(epoch: str, items: Sequence[Item]) -> list[Line]:
    return [(item.seq, encode_line(epoch, item.seq, item.body)) for item in items]


def _add(file: EventFile, lines: Sequence[Line]) -> None:
    """Add `lines` and let go of the file again: a hundred runs need no hundred descriptors."""
    try:
        file.append(lines)
    except FileNotFoundError:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.append(lines)
    finally:
        file.close()


def _sync_all(files: Sequence[EventFile]) -> None:
    for file in files:
        try:
            file.open()
            file.sync()
        except FileNotFoundError:  # its run was let go of meanwhile
            pass
        finally:
            file.close()


async def _work(work: Callable[[], object], limiter: trio.CapacityLimiter) -> None:
    """In a worker thread. A disk that hangs keeps the thread, not the one who waits: the next attempt waits for the
    thread, until its own time is over."""
    try:
        await trio.to_thread.run_sync(work, limiter=limiter, abandon_on_cancel=True)
    except BlockingIOError as error:
        message = "another program (or subscription) writes to this file"
        raise SinkError(message) from error
    except OSError as error:
        message = f"{error.filename or 'the file'}: {error.strerror or error}"
        raise SinkError(message) from error
