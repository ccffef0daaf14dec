"""The durable store as a file: what survives, what can be read by hand, what is refused and how."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from aegisd.core.model import Result
from aegisd.core.record import EventFilter, StoreError
from aegisd.store.migrate import SCHEMA_VERSION
from aegisd.store.sqlite import describe_error, open_store
from tests.store.kit import at, make_end, make_event, make_run, write

_ALL = EventFilter()


async def test_survives_closing(tmp_path: Path) -> None:
    """What was committed is there when the file is opened again, and numbering goes on; the epoch stays."""
    path = tmp_path / "store.sqlite"
    records = [make_event(seq) for seq in range(1, 101)]
    async with open_store(path, synchronous="full", epoch="first") as store:
        await write(store, records, [make_run(7)], {"d": b"{}"})
        before = await store.read_events(0, limit=999, wanted=_ALL)
    async with open_store(path, synchronous="full", epoch="second") as store:
        assert (store.bounds.last_seq, store.bounds.first_seq, store.bounds.last_run) == (100, 1, 7)
        assert store.bounds.epoch == "first"
        assert await store.read_events(0, limit=999, wanted=_ALL) == before
        assert await store.get_run(7) == make_run(7)


async def test_survives_a_crash(tmp_path: Path) -> None:
    """A copy of the files as a kill would leave them, with the write-ahead log, has every commit."""
    copy = tmp_path / "copy"
    async with open_store(tmp_path / "store.sqlite", synchronous="normal", epoch="e") as store:
        for seq in range(1, 11):
            await write(store, [make_event(seq)])
        _copy_store(tmp_path, copy)
    async with open_store(copy / "store.sqlite", synchronous="normal", epoch="e") as store:
        assert store.bounds.last_seq == 10


async def test_a_commit_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """S54: a batch that cannot be written leaves nothing of itself, and the next one works."""
    async with open_store(tmp_path / "store.sqlite", synchronous="full", epoch="e") as store:
        await write(store, [make_event(1)])
        with pytest.raises(StoreError):
            await write(store, [make_event(2), make_event(1)], [make_run(1)])
        assert await store.get_run(1) is None
        await write(store, [make_event(2)])
        assert [seq for seq, _ in await store.read_events(0, limit=9, wanted=_ALL)] == [1, 2]


async def test_forgotten_numbers_are_not_given_again(tmp_path: Path) -> None:
    """Runs and events go on counting after the newest ones were let go of, in any order, and aegisd began anew."""
    path = tmp_path / "store.sqlite"
    async with open_store(path, synchronous="normal", epoch="e") as store:
        await write(store, [make_event(seq, run=seq) for seq in range(1, 6)], [make_run(n) for n in range(1, 6)])
        await write(store, [make_event(6)])
        await store.forget_runs([5])
        await store.forget_runs([2])
        await store.forget_loose_events(6, limit=9)
    async with open_store(path, synchronous="normal", epoch="e") as store:
        assert (store.bounds.last_run, store.bounds.last_seq, store.bounds.first_seq) == (5, 6, 1)
        await store.forget_runs([1, 3, 4])
    async with open_store(path, synchronous="normal", epoch="e") as store:
        assert (store.bounds.last_run, store.bounds.last_seq, store.bounds.first_seq) == (5, 6, 0)


async def test_read_by_hand(tmp_path: Path) -> None:
    """Any SQLite that knows JSON reads events and runs: `body ->> 'time'` is text, not a blob."""
    path = tmp_path / "store.sqlite"
    async with open_store(path, synchronous="normal", epoch="e") as store:
        await write(store, [make_end(1, Result.FAILURE, run=4)], [make_run(4, result=Result.FAILURE)])
    connection = sqlite3.connect(path)
    try:
        row = connection.execute("SELECT body ->> 'time', body ->> '$.data.result', typeof(body) FROM event").fetchone()
        assert row == (at(1), "failure", "text")
        assert connection.execute("SELECT body ->> '$.trigger.kind' FROM run").fetchone() == ("manual",)
    finally:
        connection.close()


@pytest.mark.parametrize("synchronous", ["full", "normal"])
async def test_pragmas(synchronous: str, tmp_path: Path) -> None:
    """W1.17: a store is in WAL mode, and each commit is as durable as the configuration says."""
    async with open_store(tmp_path / "store.sqlite", synchronous=synchronous, epoch="e") as store:
        assert store._writer.pragma("journal_mode") == "wal"
        assert store._writer.pragma("synchronous") == {"full": 2, "normal": 1}[synchronous]


def _copy_store(folder: Path, copy: Path) -> None:
    copy.mkdir()
    for file in folder.glob("store.sqlite*"):
        shutil.copy(file, copy)


def _sizes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in folder.iterdir()}


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


async def _refusal(path: Path) -> str:
    """Why `path` cannot be opened; it is left as it was."""
    before = _content(path)
    with pytest.raises(StoreError) as caught:
        async with open_store(path, synchronous="full", epoch="e"):
            pytest.fail("was opened")
    assert _content(path) == before
    assert str(path) in str(caught.value)
    return str(caught.value)


async def test_a_later_schema_is_refused(tmp_path: Path) -> None:
    """A store that a later version has written is not touched."""
    path = tmp_path / "store.sqlite"
    async with open_store(path, synchronous="full", epoch="e"):
        pass
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", SCHEMA_VERSION + 1)
    connection.close()
    assert "written by a later aegis" in await _refusal(path)


@pytest.mark.parametrize("version", [0, 1, 77])
async def test_a_foreign_file_is_refused(version: int, tmp_path: Path) -> None:
    """An SQLite file of another program is not touched, whatever version it gives itself."""
    path = tmp_path / "store.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(f"CREATE TABLE bookmarks (url); PRAGMA user_version = {version}")
    connection.close()
    assert "not a store of aegis" in await _refusal(path)


async def test_garbage_is_refused(tmp_path: Path) -> None:
    """A file that is not SQLite at all is not touched."""
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"this is not a database, whatever its name says\n" * 200)
    assert "not a healthy SQLite file" in await _refusal(path)


async def test_what_cannot_be_opened(tmp_path: Path) -> None:
    """A folder in place of the file, or no folder around it, is said in words."""
    (tmp_path / "folder").mkdir()
    assert "cannot be opened" in await _refusal(tmp_path / "folder")
    assert "cannot be opened" in await _refusal(tmp_path / "nowhere" / "store.sqlite")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (apsw.FullError("x"), "the disk is full"),
        (apsw.BusyError("x"), "another program holds a lock"),
        (apsw.CorruptError("x"), "not a healthy SQLite file"),
        (apsw.ReadOnlyError("x"), "check its owner and mode"),
        (apsw.IOError("x"), "the store failed"),
    ],
)
def test_errors_in_words(error: apsw.Error, words: str) -> None:
    """Each error of SQLite names the file, says what happened and what to do."""
    text = describe_error(error, Path("/var/lib/aegis/store.sqlite"))
    assert text.startswith("/var/lib/aegis/store.sqlite: ")
    assert words in text


async def test_size(tmp_path: Path) -> None:
    """The size counts the file and its write-ahead log."""
    path = tmp_path / "store.sqlite"
    async with open_store(path, synchronous="normal", epoch="e") as store:
        await write(store, [make_event(seq) for seq in range(1, 500)])
        sizes = _sizes(tmp_path)
        assert (await store.status())["file_bytes"] == sizes["store.sqlite"] + sizes["store.sqlite-wal"] > 0


async def test_no_hole_after_a_kill(tmp_path: Path) -> None:
    """Killed in the middle of committing, the store opens, and its events are numbered without a hole."""
    path = tmp_path / "store.sqlite"
    acknowledged = _commit_until_killed(path, commits=50)
    async with open_store(path, synchronous="normal", epoch="e") as store:
        seqs = [seq for seq, _ in await store.read_events(0, limit=10**9, wanted=_ALL)]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) >= acknowledged
    assert len(seqs) % 20 == 0


def _commit_until_killed(path: Path, *, commits: int) -> int:
    """Another process commits, 20 events at a time, and is killed; returns the last event that it acknowledged."""
    script = (
        "import sys, trio\n"
        "from pathlib import Path\n"
        "from aegisd.store.sqlite import open_store\n"
        "from tests.store.kit import make_event, write\n"
        "async def main():\n"
        "    async with open_store(Path(sys.argv[1]), synchronous='normal', epoch='e') as store:\n"
        "        for first in range(1, 10**9, 20):\n"
        "            await write(store, [make_event(seq) for seq in range(first, first + 20)])\n"
        "            print(first + 19, flush=True)\n"
        "trio.run(main)\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script, path], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)}
    ) as child:
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(commits)][-1]
        child.kill()
    return acknowledged
