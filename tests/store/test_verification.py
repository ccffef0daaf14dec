"""The check of a store finds what is wrong and nothing else; repair makes rows from events."""

from pathlib import Path

import apsw
import pytest
from attrs import evolve

from aegisd.core.events import WorkflowCompleted, WorkflowQueued, WorkflowStarted
from aegisd.core.model import Result, RunSummary, Trigger
from aegisd.core.record import Record, StoreError
from aegisd.core.state import fold
from aegisd.store.artifact_check import check_artifacts
from aegisd.store.artifacts import ArtifactStore
from aegisd.store.snapshot import make_snapshot
from aegisd.store.sqlite import open_store
from aegisd.store.verification import repair_store, verify_store
from tests.store.kit import at, make_event, write


def _run_of(run: int, first: int) -> tuple[list[Record], RunSummary]:
    """The three events of a run, from number `first` on, and its row."""
    told = (
        WorkflowQueued(trigger=Trigger(by="dev1"), definition="d", step_count=0),
        WorkflowStarted(step_count=0, queued_s=0.0),
        WorkflowCompleted(result=Result.SUCCESS, success=True, duration_s=1.0, steps={}),
    )
    records = [make_event(first + number, run=run, data=data) for number, data in enumerate(told)]
    return records, fold(run, [record.event for record in records]).summarize()


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A sound store of three runs."""
    file = tmp_path / "store.sqlite"
    async with open_store(file, synchronous="normal", epoch="e1") as store:
        for run in (1, 2, 3):
            records, summary = _run_of(run, run * 3 - 2)
            await write(store, records, [summary], {"d": b"{}"})
    return file


def _change(path: Path, *statements: str) -> None:
    connection = apsw.Connection(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()


def _overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def _faults(path: Path) -> list[str]:
    return [fault.text for fault in verify_store(path).faults]


async def test_a_store_of_an_earlier_aegis(path: Path) -> None:
    """A row that lacks what has come to have a default since says the same as one that has it."""
    _change(path, "UPDATE run SET body = json_remove(body, '$.priority') WHERE id = 2")
    assert _faults(path) == []
    _change(path, "UPDATE run SET body = json_set(body, '$.priority', 7) WHERE id = 2")
    assert _faults(path) == ["run 2: its row is not what its events say"]


async def test_a_sound_store(path: Path) -> None:
    """Nothing is found, and what was looked at is counted."""
    verdict = verify_store(path)
    assert (verdict.schema, verdict.events, verdict.runs, verdict.faults) == (1, 9, 3, ())


async def test_retention_leaves_no_fault(path: Path) -> None:
    """What was let go of is not missing, also at the end; what comes later is checked again."""
    async with open_store(path, synchronous="normal", epoch="e1") as store:
        await store.forget_runs([1, 3])
        records, summary = _run_of(4, 10)
        await write(store, records, [summary])
    assert _faults(path) == []
    _change(path, "DELETE FROM event WHERE seq = 11")
    assert _faults(path)[0] == "event 11 is missing"


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        ("DELETE FROM event WHERE seq IN (8, 9)", ["run 3: its row is not what its events say"]),
        ("DELETE FROM event WHERE seq IN (2, 3)", ["events 2 to 3 are missing", "run 1: its row is not"]),
        ("DELETE FROM event WHERE seq = 1", ["event 1 is missing", "run 1: its first events are missing"]),
        (
            "UPDATE event SET body = '{' WHERE seq = 5",
            ["event 5 cannot be read", "run 2: its events do not make a run"],
        ),
        ("UPDATE event SET type = 'x' WHERE seq = 5", ["event 5 says of itself that it is event 5 (workflow.started"]),
        ("UPDATE run SET state = 'executing' WHERE id = 2", ["run 2: its row is not what its events say"]),
        ("UPDATE run SET body = 'x' WHERE id = 2", ["run 2: its row is not what its events say"]),
        ("DELETE FROM run WHERE id = 2", ["run 2: it has events and no row"]),
        ("DELETE FROM definition", [f"run {run}: the definition" for run in (1, 2, 3)]),
    ],
)
async def test_faults(path: Path, statement: str, faults: list[str]) -> None:
    """Each kind of fault is found where it is."""
    _change(path, statement)
    found = _faults(path)
    assert len(found) == len(faults)
    assert [text for text, wanted in zip(found, faults, strict=True) if not text.startswith(wanted)] == []


async def test_repair(path: Path) -> None:
    """Rows that were changed or lost are made again, all others stay; what cannot be made again is left and told."""
    _change(path, "UPDATE run SET workflow = 'forged', body = 'x' WHERE id = 1", "DELETE FROM run WHERE id = 3")
    assert repair_store(path) == 2
    assert _faults(path) == []
    _change(path, "DELETE FROM event WHERE seq = 4", "UPDATE run SET state = 'executing' WHERE id = 2")
    assert repair_store(path) == 0
    assert "run 2: its first events are missing" in _faults(path)


async def test_a_damaged_file(path: Path) -> None:
    """Pages that make no sense are a fault or an error in words, never a traceback of SQLite."""
    _overwrite(path, 4096, b"\xff" * 4096)
    try:
        found = _faults(path)
    except StoreError as error:
        found = [str(error)]
    assert found
    _overwrite(path, 0, b"no database at all, but long enough to be looked at")
    with pytest.raises(StoreError, match="not a healthy SQLite file"):
        verify_store(path)


async def test_artifacts(path: Path, tmp_path: Path) -> None:
    """Each artifact is read: one that is missing, shorter, or other than it was is told with its run."""
    files = ArtifactStore(tmp_path / "artifacts", durable=False)
    files.prepare()
    drafts = [files.begin() for _ in range(4)]
    for number, draft in enumerate(drafts):
        draft.write(b"x%d" % number)
        digest = draft.sha256
        row = f"1, 'a{number}', 2, '{digest}', 't', 'now', NULL, NULL"
        _change(path, f"INSERT INTO artifact VALUES ({row})")  # noqa: S608 - made up here
    digests = [draft.sha256 for draft in drafts]
    files.keep(drafts)
    assert list(check_artifacts(path, tmp_path / "artifacts")) == []
    places = [next((tmp_path / "artifacts").rglob(digest[2:])) for digest in digests]
    for place in places:
        place.chmod(0o600)
    places[0].unlink()
    places[1].write_bytes(b"x")
    places[2].write_bytes(b"yy")
    assert sorted(check_artifacts(path, tmp_path / "artifacts")) == [
        "run 1: its artifact a0 is not there",
        "run 1: its artifact a1 has 1 bytes instead of 2",
        "run 1: its artifact a2 has other bytes than were saved",
    ]


async def test_a_later_store_is_refused(path: Path, tmp_path: Path) -> None:
    """A downgrade is refused with words, by the check and by the copy."""
    _change(path, "PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="written by a later aegis"):
        verify_store(path)
    with pytest.raises(StoreError, match="written by a later aegis"):
        make_snapshot(path, tmp_path / "copy", time=at(0))


async def test_a_snapshot_begins_another_timeline(path: Path, tmp_path: Path) -> None:
    """A copy, made while the store is written, has the same runs; opened, it has another epoch until it is settled."""
    copy = tmp_path / "copy.sqlite"
    async with open_store(path, synchronous="normal", epoch="unused") as store:
        await write(store, [make_event(10)])
        bounds = make_snapshot(path, copy, time=at(0))
        await write(store, [make_event(11)])
    assert (bounds.epoch, bounds.last_seq, bounds.last_run) == ("e1", 10, 3)
    assert _faults(copy) == []
    async with open_store(copy, synchronous="normal", epoch="e2") as store:
        assert (store.bounds.epoch, store.bounds.restored, store.bounds.last_seq) == ("e2", at(0), 10)
        await store.settle()
    async with open_store(copy, synchronous="normal", epoch="e3") as store:
        assert store.bounds == evolve(store.bounds, epoch="e2", restored=None)
