"""One service that is looked after: its settings, its client, what is known of its health."""

from importlib import import_module
from typing import TYPE_CHECKING

import trio
from attrs import define, field

from aegisd.config.service_values import ServiceConfig
from aegisd.services.health import Sight
from aegisd.services.secrets import list_secrets
from aegisd.steps.calling import Answer, Request, ServiceFault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aegisd.services.client import ClientMaker, ServiceClient

_CLOSE_S = 1.0


class Workshop:
    """Makes clients. The module that does imports httpx, which takes a tenth of a second: a thread does that, and only
    in an aegisd that calls services."""

    def __init__(self) -> None:
        self._maker: ClientMaker | None = None
        self._opening = trio.Lock()

    async def make_client(self, name: str, config: ServiceConfig) -> "ServiceClient":
        """The client of a service. Raises ServiceFault when its CA file cannot be used."""
        headers = {**config.headers, **({"X-API-Key": config.api_key} if config.api_key else {})}
        try:
            return await (await self._open()).make(
                who=name,
                url=config.url,
                headers=headers,
                secrets=list_secrets(*headers.values()),
                ca_file=config.ca_file,
            )
        except OSError as error:
            message = f"{name}: cannot use {config.ca_file}: {error.strerror or error}"
            raise ServiceFault("tls", message, sent=False) from None

    async def make_public_client(self) -> "ServiceClient":
        """A client for requests that name a URL: it reaches public addresses only."""
        return await (await self._open()).make(who="http", public_only=True)

    async def _open(self) -> "ClientMaker":
        async with self._opening:
            if self._maker is None:
                module = await trio.to_thread.run_sync(import_module, "aegisd.services.client")
                maker: ClientMaker = module.ClientMaker()
                self._maker = maker
            return self._maker


class LazyClient:
    """A client that is made at its first call and kept open. After `retire` it closes with its last call."""

    def __init__(self, make: "Callable[[], Awaitable[ServiceClient]]") -> None:
        self._make = make
        self._client: ServiceClient | None = None
        self._opening = trio.Lock()
        self._calls = 0
        self._is_retired = False

    async def send(self, request: Request) -> Answer:
        """The answer to `request`. Raises ServiceFault."""
        self._calls += 1
        try:
            async with self._opening:
                self._client = self._client or await self._make()
            return await self._client.send(request)
        finally:
            self._calls -= 1
            await self._close_if_unused()

    async def retire(self) -> None:
        """There will be no more calls."""
        self._is_retired = True
        await self._close_if_unused()

    async def _close_if_unused(self) -> None:
        if self._is_retired and not self._calls and self._client is not None:
            client, self._client = self._client, None
            with trio.move_on_after(_CLOSE_S, shield=True):
                await client.aclose()


@define(eq=False, kw_only=True)
class Entry:
    """See the module. `looking` is set while a look is under way, to be waited for; `scope` ends the looks."""

    name: str
    config: ServiceConfig
    client: LazyClient
    sight: Sight = field(factory=Sight)
    looking: trio.Event | None = None
    scope: trio.CancelScope = field(factory=trio.CancelScope)
