"""What can be asked of what runs leave behind: their artifacts (which there are, their bytes, one more, one less), and
the definition that each keeps.

A key that is listed is one that can be read, described and deleted. An artifact that was put is acknowledged once its
bytes and its event are on disk. The program of an attempt speaks for its own run only.
"""

from collections.abc import Mapping
from typing import Any, BinaryIO

import trio

from aegisd.core import events
from aegisd.core.artifact import Artifact, StoredArtifact, find_fault, guess_type, show_harmless
from aegisd.core.codec import decode_workflow
from aegisd.core.model import RunSummary
from aegisd.definition_view import show_definition
from aegisd.engine.harvest import Harvester
from aegisd.engine.tokens import AttemptIdentity
from aegisd.selector import nearest
from aegisd.steps.base import StepType
from aegisd.store import Store
from aegisd.store.artifacts import ArtifactStore
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.uploads import Upload, Uploads
from aegisd.wire.errors import CallError

Author = AttemptIdentity | str
"""Who puts or deletes: an attempt, or the name of somebody."""

_PAGE = 500
_FIRST = 10
_PIECE = 256 * 1024
_MOST_TYPE = 100


class ArtifactDesk:
    """See the module. Everything raises CallError with what is wrong."""

    def __init__(
        self,
        *,
        store: Store,
        content: ArtifactStore,
        harvester: Harvester,
        recorder: Recorder,
        step_types: Mapping[str, StepType],
    ) -> None:
        self._store = store
        self._content = content
        self._harvester = harvester
        self._recorder = recorder
        self._step_types = step_types
        self._threads = trio.CapacityLimiter(4)
        self.uploads = Uploads(content=content, monotonic=recorder.clock.monotonic)

    async def page(self, run: int, *, after: str = "") -> dict[str, Any]:
        """Some artifacts of `run` in the order of their keys, from the first above `after` on; `next` goes on."""
        await self._summary(run)
        found = await self._store.artifacts.page(run, after=after, limit=_PAGE + 1)
        shown = found[:_PAGE]
        return {
            "artifacts": [show_artifact(each) for each in shown],
            "next": shown[-1].artifact.key if len(found) > _PAGE else None,
        }

    async def summarize(self, run: int) -> dict[str, Any]:
        """How many artifacts `run` has, their bytes together, and the first of them."""
        used = await self._store.artifacts.measure(run)
        first = await self._store.artifacts.page(run, limit=_FIRST) if used.count else []
        return {"count": used.count, "bytes": used.bytes, "first": [show_artifact(each) for each in first]}

    async def definition(self, run: int) -> dict[str, Any]:
        """What `run` was started with, without values that may be secret."""
        summary = await self._summary(run)
        body = await self._store.read_definition(summary.definition)
        specs = {name: kind.spec for name, kind in self._step_types.items()}
        return show_definition(summary, decode_workflow(body or b"", step_types=specs), self._step_types)

    async def get(self, run: int, key: str) -> StoredArtifact:
        """One artifact."""
        found = await self._store.artifacts.get(run, key)
        if found is None:
            await self._summary(run)
            others = [each.artifact.key for each in await self._store.artifacts.page(run, limit=_PAGE)]
            message = f'run #{run} has no artifact "{show_harmless(key)}"'
            raise CallError("NoSuchArtifact", message, hint=nearest(key, others) or f"aegisctl artifacts {run}")
        return found

    async def open(self, stored: StoredArtifact) -> BinaryIO:
        """The bytes of an artifact, for `read`; the caller closes it."""
        try:
            return await trio.to_thread.run_sync(self._content.open, stored.artifact.sha256, limiter=self._threads)
        except OSError as error:
            message = f"{stored.artifact.key} of run #{stored.run} cannot be read: {error.strerror}"
            raise CallError("StoreFailed", message) from error

    async def read(self, file: BinaryIO) -> bytes:
        """The next piece; empty at the end."""
        return await trio.to_thread.run_sync(file.read, _PIECE, limiter=self._threads)

    async def put(
        self, run: int, key: str, data: bytes, *, type: str | None, upload: str | None, last: bool, author: Author
    ) -> dict[str, Any]:
        """Add `data` to an artifact that comes in: the first piece without `upload`, the `last` one makes it count."""
        if upload is not None:
            coming = self.uploads.find(upload, sender=(author, run, key))
        else:
            coming = await self._begin(run, key, type=type, author=author)
        await self.uploads.add(coming, data)
        if not last:
            return {"upload": coming.id, "artifact": None}
        return {"upload": None, "artifact": show_artifact(await self._finish(coming, author))}

    async def delete(self, run: int, key: str, *, author: Author) -> None:
        """Remove an artifact; its bytes go when no other refers to them."""
        stored = await self.get(run, key)
        by = author if isinstance(author, str) else f"step {author.step}"
        summary = await self._summary(run)
        data = events.ArtifactDeleted(key=stored.artifact.key, by=by)
        await self._recorder.record(self._emission(summary, data, author))

    async def _begin(self, run: int, key: str, *, type: str | None, author: Author) -> Upload:
        self._check_store()
        await self._summary(run)
        fault = find_fault(key)
        if fault is not None:
            raise CallError("ArtifactRefused", f'"{show_harmless(key)}" cannot be the name of an artifact: {fault}')
        kind = type or guess_type(key)
        if len(kind) > _MOST_TYPE or not kind.isascii() or not kind.isprintable():
            raise CallError("BadParameter", "the type is not a media type", hint="such as application/json")
        used, replaced = await self._store.artifacts.measure(run), await self._store.artifacts.get(run, key)
        if used.count - (replaced is not None) >= self._harvester.run_files:
            message = f"run #{run} has {used.count} artifacts, which is the most"
            raise CallError("ArtifactRefused", message, hint="[artifacts] run_files says how many")
        taken = used.bytes - (replaced.artifact.size if replaced else 0)
        most = max(0, self._harvester.run_bytes - taken)
        return await self.uploads.begin(run=run, key=key, type=kind, sender=(author, run, key), most=most)

    async def _finish(self, upload: Upload, author: Author) -> StoredArtifact:
        """From the last byte to the event on disk; not to be cut short."""
        with trio.CancelScope(shield=True):
            await self.uploads.keep(upload)
            draft = upload.draft
            artifact = Artifact(key=upload.key, size=draft.size, sha256=draft.sha256, type=upload.type)
            try:
                by = author if isinstance(author, str) else None
                data = events.ArtifactSaved(artifacts=(artifact,), by=by)
                emission = self._emission(await self._summary(upload.run), data, author)
                await self._recorder.record(emission)
            finally:
                self._content.release([artifact.sha256])
        return StoredArtifact(
            run=upload.run,
            artifact=artifact,
            saved_at=emission.time,
            step=emission.step,
            attempt=emission.attempt,
        )

    def _emission(self, summary: RunSummary, data: events.EventData, author: Author) -> Emission:
        emission = Emission(data=data, time=self._recorder.clock.now(), workflow=summary.workflow, run=summary.id)
        if isinstance(author, AttemptIdentity):
            emission.step, emission.index = author.step, author.index
            emission.attempt, emission.phase = author.attempt, author.phase
        return emission

    async def _summary(self, run: int) -> RunSummary:
        summary = await self._store.get_run(run)
        if summary is None:
            raise CallError("NoSuchRun", f"there is no run #{run}", hint="aegisctl history lists the runs")
        return summary

    def _check_store(self) -> None:
        if self._recorder.failure is not None:
            raise CallError("StoreFailed", f"cannot record events: {self._recorder.failure}")


def show_artifact(stored: StoredArtifact) -> dict[str, Any]:
    """An `Artifact` of the interface file."""
    artifact = stored.artifact
    return {
        "key": artifact.key,
        "size": artifact.size,
        "sha256": artifact.sha256,
        "type": artifact.type,
        "saved_at": stored.saved_at,
        "step": stored.step,
        "attempt": stored.attempt,
    }
