"""Marks: written with events or on their own, in both forms of the store."""

from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from aegisd.core.record import Batch, StoreError
from aegisd.store import Store
from aegisd.store.memory import MemoryStore
from aegisd.store.sqlite import open_store
from tests.store.kit import make_event


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each form."""
    if request.param == "memory":
        yield MemoryStore()
        return
    async with open_store(tmp_path / "store.sqlite", synchronous="normal", epoch="e") as opened:
        yield opened


async def test_marks_are_written_and_taken_away(store: Store) -> None:
    """The last text of a name counts; None takes it away; a batch may bring some."""
    assert await store.read_marks() == {}
    await store.write_marks({"a": "1", "b": "2"})
    await store.commit(Batch(records=(make_event(1),), marks={"b": "3", "c": "4"}))
    await store.write_marks({"a": None, "nobody": None})
    assert await store.read_marks() == {"b": "3", "c": "4"}


async def test_marks_are_there_with_their_events_or_not_at_all(tmp_path: Path) -> None:
    """A transaction that fails leaves neither its events nor its marks."""
    path = tmp_path / "store.sqlite"
    async with open_store(path, synchronous="normal", epoch="e") as store:
        await store.commit(Batch(records=(make_event(1),), marks={"a": "1"}))
        with pytest.raises(StoreError):
            await store.commit(Batch(records=(make_event(2), make_event(2)), marks={"a": "2"}))
        assert await store.read_marks() == {"a": "1"}
    reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    assert reader.execute("SELECT name, body FROM mark").fetchall() == [("a", "1")]
    reader.close()
