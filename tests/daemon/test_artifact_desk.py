"""What can be asked of artifacts: the promises of a store of documents, with hostile names, sizes and senders."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from aegisd.artifact_desk import ArtifactDesk, Author
from aegisd.core.artifact import find_fault
from aegisd.engine.harvest import Harvester
from aegisd.engine.tokens import AttemptIdentity
from aegisd.store.artifacts import ArtifactStore
from aegisd.timeline.identity import Clock
from aegisd.wire.errors import CallError
from tests.store.kit import make_run, write
from tests.timeline.kit import open_timeline

ATTEMPT = AttemptIdentity(run=1, workflow="w", step="unit", index=2, attempt=3, phase="tests")


class Desk:
    """A desk on a real folder, and the events that it told."""

    def __init__(self, folder: Path, timeline: Any, clock: "Hands") -> None:
        self.content = ArtifactStore(folder, durable=True)
        self.content.prepare()
        self.folder, self.store, self.clock = folder, timeline.store, clock
        harvester = Harvester(
            content=self.content, store=timeline.store, recorder=timeline.recorder, run_files=3, run_bytes=100
        )
        self.real = ArtifactDesk(
            store=timeline.store,
            content=self.content,
            harvester=harvester,
            recorder=timeline.recorder,
            step_types={},
        )

    async def put(self, key: str, data: bytes = b"x", *, author: Author = "dev1", run: int = 1, **more: Any) -> Any:
        """Put in one piece, unless `more` says otherwise."""
        how = {"type": None, "upload": None, "last": True, **more}
        return await self.real.put(run, key, data, author=author, **how)

    async def keys(self, run: int = 1) -> list[str]:
        """What is listed."""
        return [artifact["key"] for artifact in (await self.real.page(run))["artifacts"]]

    async def read(self, key: str) -> bytes:
        """The bytes of one."""
        with await self.real.open(await self.real.get(1, key)) as file:
            return await self.real.read(file)

    def told(self) -> list[tuple[str, Any, Any]]:
        """The events: type, step, data."""
        return [(r.event.type, r.event.step, r.event.data) for r in self.store.records]

    def drafts(self) -> int:
        """How many uploads lie on the disk."""
        return len(list((self.folder / "incoming").iterdir()))


class Hands:
    """The hands of a clock that the test moves."""

    seconds = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.seconds


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    """A desk with the runs 1 and 2."""
    hands = Hands()
    async with open_timeline(clock=Clock(monotonic=hands)) as timeline:
        await write(timeline.store, runs=[make_run(1), make_run(2, result=None)])
        yield Desk(folder, timeline, hands)


async def _refusal(call: Any) -> CallError:
    with pytest.raises(CallError) as caught:
        await call
    return caught.value


async def test_documents_by_key(tmp_path: Path) -> None:
    """S87 to S90: every key that is listed is there, is described and can be read; a deleted one is not."""
    async with open_desk(tmp_path) as desk:
        await desk.put("build_spec", b"{}", type="application/json")
        await desk.put("concept.json", b"[1]")
        assert await desk.keys() == ["build_spec", "concept.json"]
        for key in await desk.keys():
            stored = await desk.real.get(1, key)
            assert (stored.artifact.key, stored.artifact.type) == (key, "application/json")
            assert len(await desk.read(key)) == stored.artifact.size
        await desk.real.delete(1, "build_spec", author="dev1")
        assert await desk.keys() == ["concept.json"]
        assert (await _refusal(desk.real.get(1, "build_spec"))).code == "AEG297"
        assert (await _refusal(desk.real.delete(1, "build_spec", author="dev1"))).code == "AEG297"
        assert await desk.keys(2) == []


async def test_summary(tmp_path: Path) -> None:
    """S91, S93: what a run has is said in one look: how many, how much, the first by name."""
    async with open_desk(tmp_path) as desk:
        assert await desk.real.summarize(1) == {"count": 0, "bytes": 0, "first": []}
        await desk.put("b", b"12")
        await desk.put("a", b"345")
        summary = await desk.real.summarize(1)
        assert (summary["count"], summary["bytes"]) == (2, 5)
        assert [artifact["key"] for artifact in summary["first"]] == ["a", "b"]


async def test_who_put_it(tmp_path: Path) -> None:
    """The event says which attempt put a document, or who did by hand."""
    async with open_desk(tmp_path) as desk:
        answer = await desk.put("plan", author=ATTEMPT)
        assert (answer["artifact"]["step"], answer["artifact"]["attempt"]) == ("unit", 3)
        await desk.put("note", author="dev1")
        await desk.real.delete(1, "plan", author=ATTEMPT)
    (saved, by_hand, deleted) = desk.told()
    assert (saved[0], saved[1], saved[2].by) == ("artifact.saved", "unit", None)
    assert (by_hand[1], by_hand[2].by) == (None, "dev1")
    assert (deleted[0], deleted[2].key, deleted[2].by) == ("artifact.deleted", "plan", "step unit")


async def test_in_pieces(tmp_path: Path) -> None:
    """An artifact that comes in pieces is there after the last one, and not before."""
    async with open_desk(tmp_path) as desk:
        first = await desk.put("big", b"one ", last=False)
        assert first["artifact"] is None
        assert await desk.keys() == []
        await desk.put("big", b"two ", last=False, upload=first["upload"])
        last = await desk.put("big", b"three", upload=first["upload"])
        assert last["artifact"]["size"] == 13
        assert await desk.read("big") == b"one two three"
        assert desk.drafts() == 0
        again = await _refusal(desk.put("big", b"four", upload=first["upload"]))
        assert again.code == "AEG104"


@pytest.mark.parametrize("change", [{"author": "dev2"}, {"run": 2}, {"key": "other"}, {"author": ATTEMPT}])
async def test_an_upload_is_its_senders(tmp_path: Path, change: dict[str, Any]) -> None:
    """Nobody else can add to an upload, and it cannot become another artifact on the way."""
    async with open_desk(tmp_path) as desk:
        first = await desk.put("big", b"one", last=False)
        refused = await _refusal(desk.put(**{"key": "big", "data": b"!", "upload": first["upload"], **change}))
        assert refused.code == "AEG104"
        await desk.put("big", b" two", upload=first["upload"])
        assert await desk.read("big") == b"one two"


async def test_uploads_that_are_left_alone(tmp_path: Path) -> None:
    """An upload that nobody adds to is forgotten after a while; so many at a time are taken, and no more."""
    async with open_desk(tmp_path) as desk:
        for number in range(64):
            await desk.put(f"{number}", last=False)
        assert (await _refusal(desk.put("one more", last=False))).code == "AEG112"
        assert desk.drafts() == 64
        desk.clock.seconds = 121.0
        await desk.put("one more", last=False)
        assert desk.drafts() == 1


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../../store.sqlite", "a/../b", "a\nb", "\x1b[2J", "x" * 5000, "\u202egnp.exe", "a//b", "."],
)
async def test_hostile_names(tmp_path: Path, key: str) -> None:
    """A name that is no key is refused by name, in harmless letters, before anything is kept."""
    async with open_desk(tmp_path) as desk:
        refused = await _refusal(desk.put(key))
        assert refused.code == "AEG298"
        assert refused.message.isprintable()
        assert len(refused.message) < 300
        assert str(find_fault(key)) in refused.message
        assert (await _refusal(desk.real.get(1, key))).message.isprintable()
        assert (desk.told(), desk.drafts()) == ([], 0)


async def test_caps(tmp_path: Path) -> None:
    """A run has so many artifacts and bytes, and no more; one that takes the place of another is no more."""
    async with open_desk(tmp_path) as desk:
        for key in "abc":
            await desk.put(key, b"x" * 20)
        assert (await _refusal(desk.put("d"))).code == "AEG298"
        await desk.put("c", b"y" * 60)
        assert (await _refusal(desk.put("c", b"y" * 61))).code == "AEG298"
        assert desk.drafts() == 0
        first = await desk.put("c", b"y" * 60, last=False)
        assert (await _refusal(desk.put("c", b"y", upload=first["upload"]))).code == "AEG298"
        assert desk.drafts() == 0
        assert (await desk.real.summarize(1))["bytes"] == 100


async def test_uploads_share_the_room(tmp_path: Path) -> None:
    """Many uploads of one run at a time come to no more than the run may have; those of another run do not matter."""
    async with open_desk(tmp_path) as desk:
        await desk.put("other", b"x" * 90, run=2, last=False)
        first = await desk.put("a", b"x" * 60, last=False)
        assert (await _refusal(desk.put("b", b"x" * 60, last=False))).code == "AEG298"
        second = await desk.put("b", b"x" * 40, last=False)
        assert (await _refusal(desk.put("a", b"x", upload=first["upload"]))).code == "AEG298"
        await desk.put("b", b"x" * 60, upload=second["upload"])


@pytest.mark.parametrize("type", ["x" * 101, "text/plän", "text/plain\r\nX-Evil: 1"])
async def test_hostile_types(tmp_path: Path, type: str) -> None:
    """A type that could become a header of its own is refused."""
    async with open_desk(tmp_path) as desk:
        assert (await _refusal(desk.put("a", type=type))).code == "AEG104"


async def test_runs_that_are_not_there(tmp_path: Path) -> None:
    """Everything says so of a run that is not there."""
    async with open_desk(tmp_path) as desk:
        for call in (
            desk.put("a", run=9),
            desk.real.page(9),
            desk.real.get(9, "a"),
            desk.real.delete(9, "a", author="x"),
        ):
            assert (await _refusal(call)).code == "AEG102"


async def test_bytes_that_are_gone(tmp_path: Path) -> None:
    """When the disk has lost the file of an artifact, the answer says which, and no traceback follows."""
    async with open_desk(tmp_path) as desk:
        await desk.put("a")
        for path in (tmp_path / "content").rglob("*"):
            if path.is_file():
                path.unlink()
        refused = await _refusal(desk.read("a"))
        assert (refused.code, "a of run #1" in refused.message) == ("AEG111", True)


async def test_an_acknowledged_artifact_is_whole(tmp_path: Path) -> None:
    """The answer comes after the bytes and the event: a client that is cut off then has lost nothing."""
    async with open_desk(tmp_path) as desk:
        with trio.CancelScope() as scope:
            first = await desk.put("big", b"one", last=False)
            scope.cancel()
            await desk.put("big", b"two", upload=first["upload"])
        if await desk.keys():
            assert await desk.read("big") == b"onetwo"
        assert desk.content._pins == {}
