"""How much all webhooks together may send at once: 64 attempts, 8 to one host, and little while runs need aegisd."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import trio

from aegisd.sinks.pace import Pace

_IN_ALL = 64
_PER_HOST = 8


class Lanes:
    """Shared by all senders."""

    def __init__(self, *, pace: Pace) -> None:
        self._pace = pace
        self._all = trio.CapacityLimiter(_IN_ALL)
        self._hosts: dict[str, trio.CapacityLimiter] = {}

    @asynccontextmanager
    async def enter(self, url: str, *, waiting: int) -> AsyncIterator[None]:
        """A block in which one attempt to `url` is made, for which `waiting` deliveries wait."""
        host = urlsplit(url).netloc.lower()
        lane = self._hosts.setdefault(host, trio.CapacityLimiter(_PER_HOST))
        async with lane, self._all:
            await self._pace.turn(waiting)
            yield
