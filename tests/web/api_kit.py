"""The HTTP API in front of a daemon in memory: real tokens, real streams over a real ring."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio
from attrs import define, field

from aegis_web.app import make_app
from aegis_web.followers import followers_of
from aegis_web.limits import Limits
from aegisd.access_desk import AccessDesk
from aegisd.config.web_keys import WebConfig
from aegisd.store.memory import MemoryStore
from aegisd.timeline.identity import Clock, IdentitySource
from aegisd.timeline.recorder import Recorder
from aegisd.timeline.ring import Ring
from tests.control.fake_daemon import EPOCH, FakeDaemon
from tests.web.kit import Address, open_server


@define
class Config:
    """The part of the configuration that the API looks at."""

    web: WebConfig = field(factory=WebConfig)
    workflows: dict[str, Any] = field(factory=dict)


class ApiDaemon(FakeDaemon):
    """The daemon in memory of the control socket's tests, with a configuration and tokens."""

    def __init__(self, *, web: WebConfig | None = None, ring_size: int = 100_000) -> None:
        super().__init__(ring_size=ring_size)
        self.config = Config(web=web or WebConfig())
        self.secret = ""
        self.close = lambda: None

    @property
    def cursor(self) -> str:
        """The newest event that was announced."""
        return f"{EPOCH}.{self.ring.last_seq}"

    async def open(self, nursery: trio.Nursery) -> Recorder:
        """Have a token of the scope `run`, whose secret is `secret`."""
        store = MemoryStore()
        recorder = Recorder(store=store, ring=Ring(size=10), clock=Clock(), new_id=IdentitySource(), last_seq=0)
        self.access = AccessDesk(store=store, recorder=recorder, current=lambda: self.config)  # type: ignore[arg-type,return-value]
        await nursery.start(recorder.run)
        _, self.secret = await self.access.create("ci", scopes=["run"], by="dev1")
        return recorder


@asynccontextmanager
async def open_api(daemon: ApiDaemon) -> AsyncIterator[Address]:
    """The address of the API; `daemon.close()` closes its streams as the end of aegisd does."""
    async with trio.open_nursery() as nursery:
        recorder = await daemon.open(nursery)
        app = make_app(daemon, limits=Limits())  # type: ignore[arg-type]
        daemon.close = followers_of(app).close
        async with open_server(app=app) as address:
            yield address
        recorder.close()
