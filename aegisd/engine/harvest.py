"""What an attempt leaves behind is brought in after it has ended, whatever its result: artifacts and test reports.

It happens inside the run's own scope: the run's limit and a cancellation end it too, and an attempt that was cancelled
leaves nothing. The files are copied in worker threads, a few at a time for all runs together; what was kept is on disk
and announced before the step's end is.
"""

import weakref
from collections.abc import Callable, Sequence
from functools import partial

import trio
from attrs import evolve

from aegisd.core import events
from aegisd.core.codec import to_plain
from aegisd.core.model import Outcome, Step
from aegisd.core.report import DATA_KEY, compare
from aegisd.engine.drop import EVERYTHING, remove_drop
from aegisd.engine.order import RunOrder
from aegisd.engine.previous_tests import find_previous
from aegisd.store import Store
from aegisd.store.artifacts import ArtifactStore
from aegisd.store.gathering import Gathering, Room
from aegisd.store.reports import read_reports
from aegisd.timeline.recorder import Emission, Recorder

_THREADS = 2
_PER_EVENT = 100

Tell = Callable[[events.EventData], Emission]


class Harvester:
    """Brings in what the attempts of all runs leave behind. A run may have `run_files` artifacts of `run_bytes` bytes
    together; both may be replaced at any time."""

    def __init__(
        self, *, content: ArtifactStore, store: Store, recorder: Recorder, run_files: int, run_bytes: int
    ) -> None:
        self._content = content
        self._store = store
        self._recorder = recorder
        self._threads = trio.CapacityLimiter(_THREADS)
        self._locks: weakref.WeakValueDictionary[int, trio.Lock] = weakref.WeakValueDictionary()
        self.run_files = run_files
        self.run_bytes = run_bytes

    async def bring_in(
        self, order: RunOrder, step: Step, outcome: Outcome, *, tell: Tell, since: float, left: str | None = None
    ) -> Outcome:
        """What an attempt of `step` that began at `since` (seconds since 1970) comes to with what it left behind: in
        the run's directory, and in the folder `left`, which goes.

        `tell` makes emissions about the attempt."""
        if step.artifacts:
            await self._keep(order, order.dir, step.artifacts, tell, follow=not order.own_dir)
        if left is not None:
            await self._keep(order, left, EVERYTHING, tell, follow=False)
            await trio.to_thread.run_sync(remove_drop, left, limiter=self._threads)
        return await self._read_reports(order, step, outcome, since) if step.reports else outcome

    async def _read_reports(self, order: RunOrder, step: Step, outcome: Outcome, since: float) -> Outcome:
        read = partial(
            read_reports,
            order.dir,
            step.reports,
            follow=not order.own_dir,
            since=since,
            check=trio.from_thread.check_cancelled,
        )
        tests = await trio.to_thread.run_sync(read, limiter=self._threads)
        before = await find_previous(self._store, order, step.name)
        if before is not None:
            tests = compare(tests, before.names, run=before.run)
        data = {**outcome.data, DATA_KEY: to_plain(tests)}
        return evolve(outcome, data=data, reported_failures=outcome.reported_failures + tests.failing)

    async def _keep(self, order: RunOrder, folder: str, patterns: Sequence[str], tell: Tell, *, follow: bool) -> None:
        lock = self._locks.setdefault(order.run, trio.Lock())
        async with lock:
            used = await self._store.artifacts.measure(order.run)
            room = Room(files=max(0, self.run_files - used.count), bytes=max(0, self.run_bytes - used.bytes))
            gathering = Gathering(
                store=self._content,
                folder=folder,
                patterns=patterns,
                follow=follow,
                room=room,
                check=trio.from_thread.check_cancelled,
            )
            try:
                while not await self._keep_batch(gathering, tell):
                    pass
            finally:
                gathering.close()
        if gathering.refused:
            refused = events.ArtifactRefused(refused=tuple(gathering.refused), more=gathering.more)
            await self._recorder.emit(tell(refused))

    async def _keep_batch(self, gathering: Gathering, tell: Tell) -> bool:
        """True after the last batch. From the moment a batch is named it is announced, cancelled or not."""
        haul = await trio.to_thread.run_sync(gathering.take_batch, limiter=self._threads)
        kept = haul.artifacts
        if kept:
            parts = [kept[start : start + _PER_EVENT] for start in range(0, len(kept), _PER_EVENT)]
            try:
                await self._recorder.record(*(tell(events.ArtifactSaved(artifacts=part)) for part in parts))
            finally:
                release = partial(self._content.release, [artifact.sha256 for artifact in kept])
                with trio.CancelScope(shield=True):
                    await trio.to_thread.run_sync(release, limiter=self._threads)
        return haul.is_last
