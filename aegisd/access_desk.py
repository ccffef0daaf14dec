"""Who may come in through the HTTP door: tokens of the configuration and those that aegisctl has made.

A secret is shown once, when it is made; what is kept is its digest. Without a token that is known nothing is allowed
but what `public_read` opens, whatever is wrong with the store.
"""

import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import trio

from aegisd.config.values import Config
from aegisd.core import events
from aegisd.core.token import PREFIX, AccessToken, Scope, digest_secret
from aegisd.store import Store
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.triggers.bucket import Buckets
from aegisd.wire.errors import CallError

_BYTES = 32
_MOST = 1000
_LONGEST_NAME = 64
_FAILED_A_SECOND = 0.2  # failed sign-ins from one source


class AccessDesk:
    """See the module. `current` gives the configuration in force."""

    def __init__(self, *, store: Store, recorder: Recorder, current: Callable[[], Config]) -> None:
        self._store = store
        self._recorder = recorder
        self._current = current
        self._made: dict[str, AccessToken] | None = None
        self._failures = Buckets()
        self._changing = trio.Lock()

    async def find(self, secret: str) -> AccessToken | None:
        """The token with that secret. Takes as long for a wrong one."""
        return await self.find_digest(digest_secret(secret))

    async def find_digest(self, digest: str) -> AccessToken | None:
        """The token whose secret has that digest."""
        found = None
        for token in (*self._current().web.tokens, *(await self._load()).values()):
            if hmac.compare_digest(token.sha256, digest):
                found = token
        return found

    async def create(self, name: str, *, scopes: Sequence[str], by: str) -> tuple[dict[str, Any], str]:
        """A new token, as lists show it, and its secret, which nobody can find out later. Raises CallError."""
        _check(name, scopes)
        async with self._changing:
            made = await self._load()
            if name in made or any(name == each.name for each in self._current().web.tokens):
                hint = f"aegisctl token revoke {name}"
                raise CallError("NotPossible", f'there is a token "{name}" already', hint=hint)
            if len(made) >= _MOST:
                raise CallError("NotPossible", f"there are {_MOST} tokens already", hint="aegisctl token list")
            secret = PREFIX + secrets.token_urlsafe(_BYTES)
            token = AccessToken(
                name=name,
                sha256=digest_secret(secret),
                scopes=tuple(Scope(each) for each in dict.fromkeys(scopes)),
                created_at=self._recorder.clock.now(),
                by=by,
            )
            await self._store.tokens.put(token)
            self._made = {**made, name: token}
        await self._tell(events.TokenCreated(name=name, scopes=token.scopes, by=by))
        return _show(token), secret

    async def revoke(self, name: str, *, by: str) -> None:
        """Take a token back; who signed in with it is signed out. Raises CallError."""
        async with self._changing:
            made = await self._load()
            if name not in made:
                raise self._refuse_revoking(name)
            await self._store.tokens.drop(name)
            self._made = {each: token for each, token in made.items() if each != name}
        await self._tell(events.TokenRevoked(name=name, by=by))

    async def list(self) -> list[dict[str, Any]]:
        """All tokens, those of the configuration first: `Token`s of the interface file, without secrets."""
        return [_show(each) for each in (*self._current().web.tokens, *(await self._load()).values())]

    def delay_sign_in(self, source: str) -> int | None:
        """Seconds that `source` has to wait after failed sign-ins; None when it need not."""
        return self._failures.peek(source, rate=_FAILED_A_SECOND, now=self._recorder.clock.monotonic())

    def note_failed_sign_in(self, source: str) -> None:
        """`source` tried a token that is none."""
        self._failures.take(source, rate=_FAILED_A_SECOND, now=self._recorder.clock.monotonic())

    def _refuse_revoking(self, name: str) -> CallError:
        if any(name == each.name for each in self._current().web.tokens):
            hint = "take it out of `tokens` in [web] and reload"
            return CallError("NotPossible", f'the token "{name}" stands in the configuration', hint=hint)
        return CallError("NoSuchToken", f'there is no token "{name[:80]}"', hint="aegisctl token list")

    async def _load(self) -> dict[str, AccessToken]:
        if self._made is None:
            self._made = {token.name: token for token in await self._store.tokens.list()}
        return self._made

    async def _tell(self, data: events.EventData) -> None:
        await self._recorder.record(Emission(data=data, time=self._recorder.clock.now()))


def _check(name: str, scopes: Sequence[str]) -> None:
    allowed = name.isascii() and name.replace("-", "").replace("_", "").replace(".", "").isalnum()
    if not allowed or len(name) > _LONGEST_NAME:
        hint = f"letters, digits, . _ and -, at most {_LONGEST_NAME}"
        raise CallError("BadParameter", f"{name[:80]!r} is not a name", hint=hint)
    wrong = [each for each in scopes if each not in list(Scope)]
    if wrong or not scopes:
        message = f"{wrong[0][:80]!r} is not a scope" if wrong else "a token needs a scope"
        raise CallError("BadParameter", message, hint=f"one of: {', '.join(Scope)}")


def _show(token: AccessToken) -> dict[str, Any]:
    scopes = [scope.value for scope in token.scopes]
    return {"name": token.name, "scopes": scopes, "created_at": token.created_at, "by": token.by}
