"""What is kept and what is let go: finished runs by number and age, events of no run by age, output and artifacts by
size."""

import logging
import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import trio

from aegisd.artifact_retention import ArtifactRetention
from aegisd.config.values import Keep
from aegisd.core.record import StoreError
from aegisd.engine.drop import LEFT
from aegisd.store import Store
from aegisd.timeline.identity import Clock, format_time

_log = logging.getLogger("aegisd.retention")

_EVERY_S = 600.0
_AT_ONCE = 20
_EVENTS_AT_ONCE = 5000
_DAY_S = 86400.0


class Retention:
    """Lets go of what `keep` does not keep. `keep` may be replaced at any time; `directories` gives those in use."""

    def __init__(
        self,
        *,
        store: Store,
        runs_dir: Path,
        keep: Keep,
        artifacts: ArtifactRetention,
        directories: Callable[[], Collection[str]],
        clock: Clock,
    ) -> None:
        self._store = store
        self._runs_dir = runs_dir
        self.keep = keep
        self.artifacts = artifacts
        self._directories = directories
        self._clock = clock
        self.used_bytes = 0

    async def run(self) -> None:
        """Look every ten minutes."""
        while True:
            try:
                await self.sweep()
            except (StoreError, OSError) as error:
                _log.error("cannot let go of old runs: %s", error)
            await trio.sleep(_EVERY_S)

    async def sweep(self) -> None:
        """Let go of everything that is due now."""
        keep = self.keep
        before = format_time(self._clock.wall() - keep.days * _DAY_S)
        used = await self._runs_in_use()
        expired = [run for run in await self._store.find_expired(runs=keep.runs, before=before) if run not in used]
        for start in range(0, len(expired), _AT_ONCE):
            part = expired[start : start + _AT_ONCE]
            await self._store.forget_runs(part)
            for run in part:
                await trio.to_thread.run_sync(_remove, self._runs_dir / str(run))
        if expired:
            _log.info("let go of %d old runs", len(expired))
        await self._forget_loose_events(before)
        logs_bytes = await trio.to_thread.run_sync(trim_logs, self._runs_dir, keep.logs, used)
        await self.artifacts.sweep(used)
        self.used_bytes = logs_bytes + self.artifacts.used_bytes
        await self._drop_all_left()

    async def _forget_loose_events(self, before: str) -> None:
        """Events that belong to no run are as old as runs may get."""
        last = await self._store.seq_before(before)
        while await self._store.forget_loose_events(last, limit=_EVENTS_AT_ONCE) == _EVENTS_AT_ONCE:
            await trio.lowlevel.checkpoint()

    def drop_workspace(self, directory: str) -> None:
        """Remove the workspace of a run that passed. Blocks: call it in a worker thread."""
        _remove(Path(directory))

    def drop_left(self, run: int) -> None:
        """Remove what attempts of a run that has ended left in `$AEGIS_ARTIFACTS` when they were cut short. Blocks:
        call it in a worker thread."""
        for folder in (self._runs_dir / str(run)).glob(f"{LEFT}*"):
            _remove(folder)

    async def _drop_all_left(self) -> None:
        """The same for runs that ended while nobody could do it. A run that is seen here was in the store before."""
        found = await trio.to_thread.run_sync(_find_left, self._runs_dir)
        for run in found - await self._runs_in_use() if found else ():
            await trio.to_thread.run_sync(self.drop_left, run)

    async def _runs_in_use(self) -> frozenset[int]:
        """The runs that have not ended, and those in whose workspaces they are."""
        inside = [Path(text).parent for text in self._directories() if Path(text).is_relative_to(self._runs_dir)]
        unfinished = {run.id for run in await self._store.unfinished_runs()}
        return frozenset(int(path.name) for path in inside if path.name.isdigit()) | unfinished


def trim_logs(runs_dir: Path, most: int, sparing: Collection[int]) -> int:
    """Remove the output of the oldest runs below `runs_dir`, but of those in `sparing`, until at most `most` bytes are
    left; returns what is left."""
    sizes = {}
    for entry in os.scandir(runs_dir) if runs_dir.is_dir() else ():
        if entry.name.isdigit():
            sizes[int(entry.name)] = _size(Path(entry.path, "logs"))
    total = sum(sizes.values())
    for run in sorted(sizes.keys() - sparing):
        if total <= most:
            break
        _remove(runs_dir / str(run) / "logs")
        total -= sizes[run]
    return total


def _find_left(runs_dir: Path) -> set[int]:
    """The runs that have a folder for what is to be kept."""
    entries = os.scandir(runs_dir) if runs_dir.is_dir() else ()
    return {int(entry.name) for entry in entries if entry.name.isdigit() and any(Path(entry.path).glob(f"{LEFT}*"))}


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _size(folder: Path) -> int:
    try:
        return sum(entry.stat(follow_symlinks=False).st_size for entry in os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return 0
