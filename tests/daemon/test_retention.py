"""What is kept and what is let go: runs by number and age, output by size; nothing of a run that executes."""

from pathlib import Path

import pytest
import trio

from aegisd.artifact_retention import ArtifactRetention
from aegisd.config.values import Keep
from aegisd.core.model import Result
from aegisd.core.record import RunFilter, StoreError
from aegisd.retention import Retention, trim_logs
from aegisd.store.artifacts import ArtifactStore
from aegisd.store.memory import MemoryStore
from aegisd.timeline.identity import Clock
from aegisd.uploads import Uploads
from tests.store.kit import START_S, make_event, make_run, write

_DAY_S = 86400.0


def _fill(runs_dir: Path, run: int, size: int) -> None:
    (runs_dir / str(run) / "logs").mkdir(parents=True)
    (runs_dir / str(run) / "workspace").mkdir()
    (runs_dir / str(run) / "logs" / "0000-a.1.log").write_bytes(b"x" * size)


def _retention(
    store: MemoryStore, runs_dir: Path, keep: Keep, *, days: float = 0.0, active: tuple[int, ...] = ()
) -> Retention:
    clock = Clock(wall=lambda: START_S + days * _DAY_S)
    used = [str(runs_dir / str(run) / "workspace") for run in active]
    content = ArtifactStore(runs_dir / "artifacts", durable=False)
    uploads = Uploads(content=content, monotonic=lambda: 0.0)
    artifacts = ArtifactRetention(index=store.artifacts, content=content, uploads=uploads, keep=1000)
    return Retention(
        store=store, runs_dir=runs_dir, keep=keep, artifacts=artifacts, directories=lambda: used, clock=clock
    )


async def _kept(store: MemoryStore) -> list[int]:
    return [run.id for run in await store.list_runs(RunFilter())]


async def test_by_number(tmp_path: Path) -> None:
    """S54: the newest N finished runs of each workflow stay, with events and files; older ones go, files too."""
    store = MemoryStore()
    runs = [make_run(number, workflow="ab"[number % 2]) for number in range(1, 61)]
    await write(store, [make_event(number, run=number) for number in range(1, 61)], runs)
    for number in range(1, 61):
        _fill(tmp_path, number, 10)
    await _retention(store, tmp_path, Keep(runs=2)).sweep()
    assert await _kept(store) == [60, 59, 58, 57]
    assert sorted(int(entry.name) for entry in _entries(tmp_path)) == [57, 58, 59, 60]
    assert [record.event.run for record in store.records] == [57, 58, 59, 60]


async def test_events_of_no_run_by_age(tmp_path: Path) -> None:
    """Events that belong to no run go when they are older than `days`; those of runs go with their run."""
    store = MemoryStore()
    events = [make_event(number, run=1 if number % 3 == 0 else None) for number in range(1, 31)]
    await write(store, events, [make_run(1, result=None)])
    await _retention(store, tmp_path, Keep(days=2), days=1.9).sweep()
    assert len(store.records) == 30
    await _retention(store, tmp_path, Keep(days=2), days=3).sweep()
    assert [record.seq for record in store.records] == list(range(3, 31, 3))


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_by_age(tmp_path: Path) -> None:
    """Runs that ended more days ago than are kept go; one that has not ended stays, whatever its age."""
    store = MemoryStore()
    runs = [make_run(1), make_run(2, finished=5 * _DAY_S), make_run(3, result=None)]
    await write(store, runs=runs)
    await _retention(store, tmp_path, Keep(days=7), days=8).sweep()
    assert await _kept(store) == [3, 2]


async def test_nothing_is_due(tmp_path: Path) -> None:
    """Without anything to let go of, nothing happens, also before the first run."""
    store = MemoryStore()
    await _retention(store, tmp_path / "not yet", Keep()).sweep()
    await write(store, runs=[make_run(1, result=Result.FAILURE)])
    await _retention(store, tmp_path / "not yet", Keep()).sweep()
    assert await _kept(store) == [1]


def test_output_by_size(tmp_path: Path) -> None:
    """The output of the oldest runs goes first, until the rest fits; their other files stay."""
    for run in (9, 10, 11, 100):
        _fill(tmp_path, run, 1000)
    assert trim_logs(tmp_path, 2500, ()) == 2000
    assert [run for run in (9, 10, 11, 100) if (tmp_path / str(run) / "logs").exists()] == [11, 100]
    assert (tmp_path / "9" / "workspace").exists()


def test_executing_runs_are_spared(tmp_path: Path) -> None:
    """The output of a run that executes stays, and counts."""
    for run in (1, 2, 3):
        _fill(tmp_path, run, 1000)
    assert trim_logs(tmp_path, 1, {1}) == 1000
    assert (tmp_path / "1" / "logs").exists()
    assert trim_logs(tmp_path, 1, {1}) == 1000


def test_strangers_are_left_alone(tmp_path: Path) -> None:
    """What is not the folder of a run is neither counted nor removed."""
    (tmp_path / "lost+found" / "logs").mkdir(parents=True)
    (tmp_path / "lost+found" / "logs" / "big").write_bytes(b"x" * 5000)
    (tmp_path / "12").write_text("a file")
    assert trim_logs(tmp_path, 0, ()) == 0
    assert (tmp_path / "lost+found" / "logs" / "big").exists()


def test_the_workspace_of_a_passed_run(tmp_path: Path) -> None:
    """It is removed alone; the logs stay. A second time does no harm."""
    _fill(tmp_path, 5, 10)
    retention = _retention(MemoryStore(), tmp_path, Keep())
    for _ in range(2):
        retention.drop_workspace(str(tmp_path / "5" / "workspace"))
    assert not (tmp_path / "5" / "workspace").exists()
    assert (tmp_path / "5" / "logs" / "0000-a.1.log").exists()


class _BrokenStore(MemoryStore):
    """A store that cannot look for old runs."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    async def find_expired(self, *, runs: int, before: str) -> list[int]:
        """Fail."""
        self.looks += 1
        message = f"the disk is full of runs above {runs} and before {before}"
        raise StoreError(message)


async def test_it_goes_on(autojump_clock: trio.abc.Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A store that fails is logged and looked at again; aegisd lives."""
    store = _BrokenStore()
    retention = _retention(store, tmp_path, Keep())
    with trio.move_on_after(3600):
        await retention.run()
    assert store.looks == 6
    assert "cannot let go of old runs: the disk is full" in caplog.text


async def test_what_cut_attempts_left(tmp_path: Path) -> None:
    """Folders of attempts that nobody brought in go once their run has ended, whoever ended it; a run that has not
    ended keeps its own, wherever it executes."""
    store = MemoryStore()
    await write(store, runs=[make_run(1, result=Result.CANCELLATION), make_run(2, result=None), make_run(3)])
    for run in (1, 2, 3):
        _fill(tmp_path, run, 10)
        (tmp_path / str(run) / "left-0000.1" / "deep").mkdir(parents=True)
    await _retention(store, tmp_path, Keep()).sweep()
    assert [run for run in (1, 2, 3) if (tmp_path / str(run) / "left-0000.1").exists()] == [2]
    assert (tmp_path / "1" / "logs").exists()


async def test_an_executing_run_keeps_its_output(tmp_path: Path) -> None:
    """Also one that executes in a directory of its own choice."""
    store = MemoryStore()
    await write(store, runs=[make_run(1, result=None), make_run(2)])
    for run in (1, 2):
        _fill(tmp_path, run, 1000)
    await _retention(store, tmp_path, Keep(logs=1)).sweep()
    assert [run for run in (1, 2) if (tmp_path / str(run) / "logs").exists()] == [1]
