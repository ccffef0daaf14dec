"""A server with a fake daemon, and a small client for it."""

import functools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trio
from attrs import define

from aegisd.control.limits import Limits
from aegisd.control.listener import open_listener
from aegisd.control.server import serve_control
from aegisd.wire.errors import INTERFACE
from tests.control.fake_daemon import FakeDaemon

WALL = 1_795_248_031.204  # 2026-11-21T08:00:31.204Z


@define(eq=False)
class Served:
    """A server that runs at `path`; `nursery` is what it runs in."""

    daemon: FakeDaemon
    path: str
    nursery: trio.Nursery


@asynccontextmanager
async def open_server(folder: Path, *, limits: Limits | None = None, ring_size: int = 100_000) -> AsyncIterator[Served]:
    """A server below `folder` until the block is left."""
    daemon = FakeDaemon(ring_size=ring_size)
    path = str(folder / "control.sock")
    async with open_listener(path, group=None, environment={}) as listener, trio.open_nursery() as nursery:
        await nursery.start(
            functools.partial(
                serve_control,
                daemon,
                listener=listener,
                operators=(),
                version="1.0.0",
                limits=limits,
                wall=lambda: WALL,
            )
        )
        yield Served(daemon, path, nursery)
        nursery.cancel_scope.cancel()


class Client:
    """One connection."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._buffer = b""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stream.aclose()

    async def send(self, *messages: dict[str, Any]) -> None:
        """Send all `messages` at once."""
        await self.stream.send_all(b"".join(json.dumps(message).encode() + b"\0" for message in messages))

    async def receive(self) -> dict[str, Any] | None:
        """The next reply, None at the end of the connection."""
        while b"\0" not in self._buffer:
            try:
                data = await self.stream.receive_some(65536)
            except trio.BrokenResourceError:
                return None
            if not data:
                assert self._buffer == b"", "the connection ended in the middle of a reply"
                return None
            self._buffer += data
        frame, _, self._buffer = self._buffer.partition(b"\0")
        reply: dict[str, Any] = json.loads(frame)
        return reply

    async def call(self, method: str, *, more: bool = False, **parameters: Any) -> dict[str, Any]:
        """Call `method` (of our interface unless it has dots); the first reply."""
        await self.send(make_call(method, more=more, **parameters))
        reply = await self.receive()
        assert reply is not None, "the connection was closed"
        return reply

    async def stream_replies(self, method: str, **parameters: Any) -> list[dict[str, Any]]:
        """Call with `more`; the parameters of all replies, errors included."""
        replies = [await self.call(method, more=True, **parameters)]
        while replies[-1].get("continues"):
            reply = await self.receive()
            assert reply is not None, "the stream was cut"
            replies.append(reply)
        return replies


async def open_client(path: str) -> Client:
    """A client that is connected to `path`."""
    return Client(await trio.open_unix_socket(path))


def make_call(method: str, *, more: bool = False, oneway: bool = False, **parameters: Any) -> dict[str, Any]:
    """A call as it goes over the wire."""
    name = method if "." in method else f"{INTERFACE}.{method}"
    message: dict[str, Any] = {"method": name, "parameters": parameters}
    if more:
        message["more"] = True
    if oneway:
        message["oneway"] = True
    return message
