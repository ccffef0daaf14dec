"""The index of artifacts is a projection of events: in SQLite and in memory, with the transaction of the events."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import apsw
import pytest

from aegisd.core.artifact import Artifact, StoredArtifact
from aegisd.core.codec import encode_event
from aegisd.core.events import ArtifactDeleted, ArtifactRefused, ArtifactSaved, Event, EventData
from aegisd.core.record import Batch, Record
from aegisd.store import Store
from aegisd.store.artifact_index import Used
from aegisd.store.memory import MemoryStore
from aegisd.store.sqlite import open_store
from tests.store.kit import at, make_run, write


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each form."""
    if request.param == "memory":
        yield MemoryStore()
        return
    async with open_store(tmp_path / "store.sqlite", synchronous="normal", epoch="e") as opened:
        yield opened


def _artifact(key: str, *, size: int = 1, content: str | None = None) -> Artifact:
    return Artifact(key=key, size=size, sha256=(content or key).encode().hex().ljust(64, "0"), type="text/plain")


def _record(seq: int, data: EventData, *, run: int, step: str | None = "unit") -> Record:
    attempt = 2 if step else None
    event = Event(seq=seq, id=f"{seq}", type=data.type, time=at(seq), data=data, run=run, step=step, attempt=attempt)
    return Record(event=event, body=encode_event(event))


async def _save(store: Store, seq: int, *artifacts: Artifact, run: int = 1, step: str | None = "unit") -> None:
    await store.commit(Batch(records=(_record(seq, ArtifactSaved(artifacts=artifacts), run=run, step=step),)))


async def _keys(store: Store, run: int = 1) -> list[str]:
    return [stored.artifact.key for stored in await store.artifacts.page(run)]


async def test_saved_artifacts_are_listed(store: Store) -> None:
    """S87, S89: what an event says was saved is in the list of its run, by key, with when and by which step."""
    await _save(store, 1, _artifact("b"), _artifact("a", size=5))
    await _save(store, 2, _artifact("c"), run=2, step=None)
    assert await _keys(store) == ["a", "b"]
    assert await store.artifacts.get(1, "a") == StoredArtifact(
        run=1, artifact=_artifact("a", size=5), saved_at=at(1), step="unit", attempt=2
    )
    (other,) = await store.artifacts.page(2)
    assert (other.step, other.attempt) == (None, None)
    assert await store.artifacts.get(1, "c") is None
    assert await store.artifacts.measure(1) == Used(count=2, bytes=6)
    assert await store.artifacts.measure(3) == Used()


async def test_every_listed_key_is_there(store: Store) -> None:
    """W4.10, S88: each key that is listed can be got, whatever letters it has; pages follow the order of the bytes."""
    names = ["a", "A b/c", "ä", "\U0001f600", "\uffef", "z" * 1000, "a.json", "%2e%2e", "'; DROP TABLE artifact; --"]
    await _save(store, 1, *map(_artifact, names))
    listed: list[str] = []
    while page := await store.artifacts.page(1, after=listed[-1] if listed else "", limit=2):
        listed += [stored.artifact.key for stored in page]
    assert listed == sorted(names, key=str.encode)
    for name in listed:
        found = await store.artifacts.get(1, name)
        assert found is not None
        assert found.artifact.key == name


async def test_the_last_one_counts(store: Store) -> None:
    """A key that is saved again is one artifact: the newer."""
    await _save(store, 1, _artifact("a", size=1, content="old"))
    await _save(store, 2, _artifact("a", size=2, content="new"))
    assert await _keys(store) == ["a"]
    assert (await store.artifacts.measure(1)).bytes == 2
    assert await store.artifacts.find_referenced("") == [_artifact("a", content="new").sha256]


async def test_deleted_artifacts_are_gone(store: Store) -> None:
    """S90: a deletion takes one key of one run; the same bytes of another run stay referred to."""
    await _save(store, 1, _artifact("a"), _artifact("b"))
    await _save(store, 2, _artifact("a"), run=2)
    deleted, refused = ArtifactDeleted(key="a", by="dev1"), ArtifactRefused(refused=())
    await store.commit(Batch(records=(_record(3, deleted, run=1), _record(4, refused, run=1))))
    assert (await _keys(store), await _keys(store, 2)) == (["b"], ["a"])
    assert _artifact("a").sha256 in await store.artifacts.find_referenced("61")
    assert _artifact("a").sha256 not in await store.artifacts.find_referenced("62")


async def test_forgotten_runs_lose_theirs(store: Store) -> None:
    """With a run that is let go, its artifacts leave the index."""
    await write(store, runs=[make_run(1), make_run(2)])
    await _save(store, 1, _artifact("a"))
    await _save(store, 2, _artifact("b"), run=2)
    await store.forget_runs([1])
    assert (await _keys(store), await _keys(store, 2)) == ([], ["b"])
    assert await store.artifacts.find_referenced("") == [_artifact("b").sha256]


@pytest.mark.parametrize(
    ("most", "sparing", "expected"),
    [
        (1000, (), []),
        (26, (), []),
        (25, (), [1]),
        (19, (), [1, 2]),
        (0, (), [1, 2, 3]),
        (0, (2,), [1, 3]),
        (15, (1,), [2, 3]),
    ],
)
async def test_the_oldest_go_first(store: Store, most: int, sparing: Sequence[int], expected: list[int]) -> None:
    """Beyond what is kept the oldest runs lose theirs; bytes that a later run has too are counted once, and stay."""
    await _save(store, 1, _artifact("own", size=6), _artifact("x", size=10, content="shared"), run=1)
    await _save(store, 2, _artifact("y", size=10, content="shared"), run=2)
    await _save(store, 3, _artifact("z", size=10), run=3)
    assert await store.artifacts.trim(most, sparing=sparing) == expected
    assert [run for run in (1, 2, 3) if not await _keys(store, run)] == expected


async def test_a_batch_is_written_whole_or_not(tmp_path: Path) -> None:
    """When the transaction of an event fails, the index has nothing of it either."""
    async with open_store(tmp_path / "store.sqlite", synchronous="normal", epoch="e") as store:
        saved = ArtifactSaved(artifacts=(_artifact("a"),))
        await store.commit(Batch(records=(_record(1, saved, run=1),)))
        again = ArtifactSaved(artifacts=(_artifact("b"),))
        with pytest.raises(Exception, match="store failed"):
            await store.commit(Batch(records=(_record(2, again, run=1), _record(1, again, run=1))))
        assert await _keys(store) == ["a"]
    with apsw.Connection(str(tmp_path / "store.sqlite")) as connection:
        assert list(connection.execute("SELECT key FROM artifact")) == [("a",)]
