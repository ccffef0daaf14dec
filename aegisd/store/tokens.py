"""The tokens that aegisctl has made: which there are. `TokenTable` is what others see; here are its two forms."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import apsw
import msgspec

from aegisd.core.token import AccessToken

_decode = msgspec.json.Decoder(AccessToken).decode
_encode = msgspec.json.Encoder().encode


class TokenTable(Protocol):
    """See the module. Every method raises StoreError when the disk or the file is at fault."""

    async def put(self, token: AccessToken) -> None:
        """Keep `token`, in the place of one of its name."""

    async def drop(self, name: str) -> None:
        """Drop the token of that name, if there is one."""

    async def list(self) -> list[AccessToken]:
        """All tokens in order of name."""


class SqliteTokenTable:
    """In SQLite. `read` and `write` call a function with a connection in the store's threads."""

    def __init__(self, *, read: Callable[..., Awaitable[Any]], write: Callable[..., Awaitable[Any]]) -> None:
        self._read = read
        self._write = write

    async def put(self, token: AccessToken) -> None:
        """Keep `token`."""
        await self._write(_insert, token=token)

    async def drop(self, name: str) -> None:
        """Drop the token of that name."""
        await self._write(_delete, name=name)

    async def list(self) -> list[AccessToken]:
        """All tokens."""
        found: list[AccessToken] = await self._read(_select)
        return found


class MemoryTokenTable:
    """Without a disk."""

    def __init__(self) -> None:
        self._tokens: dict[str, AccessToken] = {}

    async def put(self, token: AccessToken) -> None:
        """Keep `token`."""
        self._tokens[token.name] = token

    async def drop(self, name: str) -> None:
        """Drop the token of that name."""
        self._tokens.pop(name, None)

    async def list(self) -> list[AccessToken]:
        """All tokens."""
        return [self._tokens[name] for name in sorted(self._tokens)]


def _insert(connection: apsw.Connection, *, token: AccessToken) -> None:
    connection.execute("REPLACE INTO token VALUES (?, ?)", (token.name, _encode(token).decode()))


def _delete(connection: apsw.Connection, *, name: str) -> None:
    connection.execute("DELETE FROM token WHERE name = ?", (name,))


def _select(connection: apsw.Connection) -> list[AccessToken]:
    return [_decode(body) for (body,) in connection.execute("SELECT body FROM token ORDER BY name")]
