"""Artifacts that come in over a door, piece by piece: a few at a time, each for its sender only, none for ever."""

import secrets
from collections.abc import Callable
from typing import TypeVar

import trio
from attrs import define, field

from aegisd.store.artifacts import ArtifactStore, Draft
from aegisd.wire.errors import CallError

T = TypeVar("T")

_MOST = 64
_IDLE_S = 120.0


@define(eq=False, kw_only=True)
class Upload:
    """An artifact on its way: `sender` may add to it, until `most` bytes."""

    run: int
    key: str
    type: str
    sender: object
    most: int
    draft: Draft
    touched: float
    is_busy: bool = False
    id: str = field(factory=lambda: secrets.token_urlsafe(16))


class Uploads:
    """The artifacts that are on their way. `monotonic` is a clock in seconds."""

    def __init__(self, *, content: ArtifactStore, monotonic: Callable[[], float]) -> None:
        self._content = content
        self._monotonic = monotonic
        self._open: dict[str, Upload] = {}
        self._threads = trio.CapacityLimiter(2)

    async def begin(self, *, run: int, key: str, type: str, sender: object, most: int) -> Upload:
        """A new upload. Raises CallError when there are too many."""
        await self.expire()
        if len(self._open) >= _MOST:
            message = f"{_MOST} artifacts are on their way already"
            raise CallError("TooManyConnections", message, hint="try again when some have arrived")
        draft = await self._in_thread(self._content.begin)
        upload = Upload(run=run, key=key, type=type, sender=sender, most=most, draft=draft, touched=self._monotonic())
        self._open[upload.id] = upload
        return upload

    def find(self, id: str, *, sender: object) -> Upload:
        """The upload `id` of `sender`. Raises CallError when there is none, or it is being added to."""
        upload = self._open.get(id)
        if upload is None or upload.sender != sender or upload.is_busy:
            hint = f"begin again; one that is left alone for {_IDLE_S:g} s is forgotten"
            raise CallError("BadParameter", "there is no such upload", hint=hint)
        return upload

    async def add(self, upload: Upload, data: bytes) -> None:
        """Add `data`. Raises CallError; the upload is forgotten then."""
        upload.is_busy, upload.touched = True, self._monotonic()
        try:
            self._check_room(upload, len(data))
            await self._in_thread(upload.draft.write, data)
        except OSError as error:
            await self.drop(upload)
            raise CallError("StoreFailed", f"cannot keep {upload.key}: {error.strerror}") from error
        except BaseException:
            await self.drop(upload)
            raise
        finally:
            upload.is_busy = False

    async def keep(self, upload: Upload) -> None:
        """Give what came its name; the caller releases the digest. Raises CallError."""
        self._open.pop(upload.id, None)
        try:
            await self._in_thread(self._content.keep, [upload.draft])
        except OSError as error:
            raise CallError("StoreFailed", f"cannot keep {upload.key}: {error.strerror}") from error

    async def drop(self, upload: Upload) -> None:
        """Forget an upload."""
        self._open.pop(upload.id, None)
        with trio.CancelScope(shield=True):
            await self._in_thread(upload.draft.discard)

    async def expire(self) -> None:
        """Forget uploads that nobody has added to for a while."""
        before = self._monotonic() - _IDLE_S
        for upload in [each for each in self._open.values() if each.touched < before and not each.is_busy]:
            await self.drop(upload)

    def _check_room(self, upload: Upload, coming: int) -> None:
        """What other uploads of the same run have brought so far takes room too."""
        others = sum(each.draft.size for each in self._open.values() if each.run == upload.run and each is not upload)
        if upload.draft.size + others + coming > upload.most:
            message = f"{upload.key} does not fit: the run's artifacts may have {upload.most} bytes more"
            raise CallError("ArtifactRefused", message, hint="[artifacts] run_bytes says how many")

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await trio.to_thread.run_sync(work, *arguments, limiter=self._threads)
