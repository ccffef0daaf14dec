"""`/api/v1/ws`: the same events with the same cursors over a WebSocket, by a client made of wsproto."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, RejectConnection, Request, TextMessage

from aegisd.config.web_keys import WebConfig
from tests.control.fake_daemon import EPOCH
from tests.web.api_kit import ApiDaemon, open_api
from tests.web.kit import Address

PATH = "/api/v1/ws"


class Socket:
    """A WebSocket. `messages` are what came; `status` is that of a refusal, `code` that of the end."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.wire = WSConnection(ConnectionType.CLIENT)
        self.messages: list[dict[str, Any]] = []
        self.status = 101
        self.code: int | None = None
        self.is_open = False
        self._stream = stream
        self._text = ""

    async def send(self, event: Any) -> None:
        """Send what wsproto makes of `event`."""
        await self._stream.send_all(self.wire.send(event))

    async def take(self) -> None:
        """Read once."""
        with trio.fail_after(20):
            data = bytes(await self._stream.receive_some(65536))
        self.wire.receive_data(data or None)
        for event in self.wire.events():
            if isinstance(event, AcceptConnection):
                self.is_open = True
            elif isinstance(event, RejectConnection):
                self.status = event.status_code
            elif isinstance(event, CloseConnection):
                self.code = event.code
            elif isinstance(event, TextMessage):
                self._text += event.data
                if event.message_finished:
                    self.messages.append(json.loads(self._text))
                    self._text = ""


@asynccontextmanager
async def connect(address: Address, path: str = PATH, *headers: tuple[str, str]) -> AsyncIterator[Socket]:
    """A WebSocket that was answered."""
    async with await trio.open_tcp_stream(*address) as stream:
        made = Socket(stream)
        extra = [(name.encode(), value.encode()) for name, value in headers]
        await made.send(Request(host="localhost", target=path, extra_headers=extra))
        while not made.is_open and made.status == 101:
            await made.take()
        yield made


async def test_events_and_cursors() -> None:
    """What was missed after a cursor, then what comes; a client that talks is not listened to."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address:
        await daemon.emit(3)
        async with connect(address, f"{PATH}?since={EPOCH}.1") as made:
            for _ in range(100):
                await made.send(TextMessage(data="hello"))
            await made.send(BytesMessage(data=b"\xff\x00"))
            await daemon.emit(1)
            while len(made.messages) < 3:
                await made.take()
            assert [each["event"]["cursor"] for each in made.messages] == [f"{EPOCH}.{seq}" for seq in (2, 3, 4)]


async def test_reset_and_goodbye() -> None:
    """A cursor of another store is told; the end of aegisd is told and closes with 1001."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address, connect(address, f"{PATH}?since=0000.7") as made:
        while not made.messages:
            await made.take()
        assert made.messages[0]["reset"]["after"] == "0000.7"
        daemon.close()
        while made.code is None:
            await made.take()
        assert (made.messages[-1], made.code) == ({"bye": {"reason": "aegisd ends"}}, 1001)


async def test_refusals() -> None:
    """Without a token where reading needs one, from a page of another site, and with bad parameters: no WebSocket."""
    daemon = ApiDaemon(web=WebConfig(public_read=False))
    async with open_api(daemon) as address:
        token = ("Authorization", f"Bearer {daemon.secret}")
        cases: list[tuple[str, tuple[tuple[str, str], ...], int]] = [
            (PATH, (), 401),
            (PATH, (token,), 101),
            (PATH, (token, ("Origin", "http://localhost")), 101),
            (PATH, (token, ("Origin", "http://evil.test")), 403),
            (PATH, (token, ("Origin", "http://evil.test"), ("Sec-Fetch-Site", "same-origin")), 403),
            (f"{PATH}?last=x", (token,), 400),
        ]
        for path, headers, status in cases:
            async with connect(address, path, *headers) as made:
                assert made.status == status, (path, headers)
