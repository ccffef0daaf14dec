"""The artifacts of a daemon in memory, for the tests of its door: whole ones in a dictionary, pieces as they come."""

import io
from typing import Any, BinaryIO

from aegisd.artifact_desk import Author
from aegisd.core.artifact import Artifact, StoredArtifact
from aegisd.engine.tokens import AttemptIdentity
from aegisd.wire.errors import CallError

NOW = "2026-11-21T08:00:31.204Z"
EMPTY_DETAIL: dict[str, Any] = {
    "steps": [],
    "dir": "work",
    "origin": None,
    "definition": "abc",
    "env": [],
    "artifacts": {"count": 0, "bytes": 0, "first": []},
}
ATTEMPT = AttemptIdentity(run=1, workflow="quality", step="tests", index=0, attempt=1)


class FakeArtifacts:
    """Answers like `aegisd.artifact_desk.ArtifactDesk`; `calls` are what changed something."""

    def __init__(self) -> None:
        self.held: dict[tuple[int, str], bytes] = {}
        self.calls: list[tuple[Any, ...]] = []

    async def definition(self, run: int) -> dict[str, Any]:
        """One without steps."""
        known = {"digest": "abc", "workflow": "quality", "description": f"of run {run}", "timeout_s": None}
        settings = {"max_concurrent": 1, "on_busy": "queue", "on_restart": "resume", "priority": 0, "dir": None}
        return {**known, **settings, "params": [], "env": ["CI"], "steps": []}

    async def page(self, run: int, *, after: str = "") -> dict[str, Any]:
        """All that come after `after`."""
        keys = sorted(key for of, key in self.held if of == run and key > after)
        return {"artifacts": [_show(await self.get(run, key)) for key in keys], "next": None}

    async def get(self, run: int, key: str) -> StoredArtifact:
        """One of them."""
        if (run, key) not in self.held:
            raise CallError("NoSuchArtifact", f"run #{run} has no artifact")  # noqa: EM101 - a kind and a text
        artifact = Artifact(key=key, size=len(self.held[run, key]), sha256="ab" * 32)
        return StoredArtifact(run=run, artifact=artifact, saved_at=NOW)

    async def open(self, stored: StoredArtifact) -> BinaryIO:
        """Its bytes."""
        return io.BytesIO(self.held[stored.run, stored.artifact.key])

    async def read(self, file: BinaryIO) -> bytes:
        """The next four bytes."""
        return file.read(4)

    async def put(
        self, run: int, key: str, data: bytes, *, type: str | None, upload: str | None, last: bool, author: Author
    ) -> dict[str, Any]:
        """Add to one of them."""
        self.calls.append(("put", run, key, data, type, upload, last, author))
        self.held[run, key] = self.held.get((run, key), b"") + data
        return {"upload": None if last else "up", "artifact": _show(await self.get(run, key)) if last else None}

    async def delete(self, run: int, key: str, *, author: Author) -> None:
        """One less."""
        self.calls.append(("delete", run, key, author))
        del self.held[run, key]


def _show(stored: StoredArtifact) -> dict[str, Any]:
    artifact = stored.artifact
    known = {"key": artifact.key, "size": artifact.size, "sha256": artifact.sha256, "type": artifact.type}
    return {**known, "saved_at": stored.saved_at, "step": None, "attempt": None}
