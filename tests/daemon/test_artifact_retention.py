"""Artifacts are let go with their runs, beyond what is kept, and when no run refers to their bytes."""

from pathlib import Path

from aegisd.artifact_retention import ArtifactRetention
from aegisd.core.artifact import Artifact
from aegisd.core.codec import encode_event
from aegisd.core.events import ArtifactSaved, Event
from aegisd.core.record import Batch, Record
from aegisd.store.artifacts import ArtifactStore
from aegisd.store.memory import MemoryStore
from aegisd.uploads import Uploads
from tests.store.kit import at


async def _keep(store: MemoryStore, content: ArtifactStore, run: int, key: str, data: bytes) -> None:
    draft = content.begin()
    draft.write(data)
    content.keep([draft])
    saved = ArtifactSaved(artifacts=(Artifact(key=key, size=draft.size, sha256=draft.sha256),))
    event = Event(seq=run, id="", type=saved.type, time=at(run), data=saved, run=run)
    await store.commit(Batch(records=(Record(event=event, body=encode_event(event)),)))
    content.release([draft.sha256])


def _bodies(folder: Path) -> set[bytes]:
    return {path.read_bytes() for path in (folder / "content").rglob("*") if path.is_file()}


async def test_what_goes(tmp_path: Path) -> None:
    """The oldest run's go first when all are too many, but of a run that has not ended; bytes that another run has
    stay, and bytes of no run go."""
    store, content = MemoryStore(), ArtifactStore(tmp_path, durable=False)
    content.prepare()
    uploads = Uploads(content=content, monotonic=lambda: 0.0)
    retention = ArtifactRetention(index=store.artifacts, content=content, uploads=uploads, keep=100)
    for run, key, data in (
        (1, "a", b"first"),
        (1, "s", b"shared"),
        (2, "b", b"active"),
        (3, "c", b"third"),
        (3, "s", b"shared"),
    ):
        await _keep(store, content, run, key, data)
    orphan = content.begin()
    orphan.write(b"nobody's")
    content.keep([orphan])
    content.release([orphan.sha256])
    await retention.sweep(sparing=())
    assert _bodies(tmp_path) == {b"first", b"shared", b"active", b"third"}
    assert retention.used_bytes == 22
    retention.keep = 18
    await retention.sweep(sparing={2})
    assert _bodies(tmp_path) == {b"shared", b"active", b"third"}
    retention.keep = 0
    await retention.sweep(sparing={2})
    assert _bodies(tmp_path) == {b"active"}
    await store.forget_runs([2])
    await retention.sweep(sparing=())
    assert (_bodies(tmp_path), retention.used_bytes) == (set(), 0)
