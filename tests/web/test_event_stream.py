"""`/api/v1/stream`: events as they happen, resumed by id with no hole and no double, and honest about what is gone."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from aegis_web.event_source import encode_line, encode_sse, open_events
from aegis_web.event_stream import HEARTBEAT_S, follow_pages
from aegis_web.followers import Followers
from aegisd.config.web_keys import WebConfig
from aegisd.core.record import EventFilter
from tests.control.fake_daemon import EPOCH
from tests.web.api_kit import ApiDaemon, open_api
from tests.web.kit import Address, ask, get
from tests.web.test_app import split

PATH = "/api/v1/stream"
QUERY: dict[str, Any] = {
    **dict.fromkeys(("type", "workflow", "step", "phase", "result", "task", "role"), ()),
    **dict.fromkeys(("run", "since", "last")),
}


class Reader:
    """A client of the stream. `sent` is what has come so far."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.sent = b""
        self._stream = stream

    async def until(self, words: bytes) -> bytes:
        """Read until `words` have come."""
        with trio.fail_after(20):
            while words not in self.sent:
                data = await self._stream.receive_some(65536)
                assert data, self.sent
                self.sent += bytes(data)
        return self.sent

    async def until_end(self) -> bytes:
        """Read all of it."""
        with trio.fail_after(20):
            while data := await self._stream.receive_some(65536):
                self.sent += bytes(data)
        return self.sent

    @property
    def ids(self) -> list[int]:
        """The seqs of the ids that have come."""
        return [int(line.rpartition(b".")[2]) for line in self.sent.splitlines() if line.startswith(b"id: ")]


@asynccontextmanager
async def follow(address: Address, path: str = PATH, *headers: str) -> AsyncIterator[Reader]:
    """A client that follows."""
    async with await trio.open_tcp_stream(*address) as stream:
        await stream.send_all(get(path, *headers))
        reader = Reader(stream)
        await reader.until(b"\r\n\r\n")
        yield reader


async def test_events_come_as_they_happen() -> None:
    """Each with an id that is its cursor, as one line of JSON; nothing of before; retry first."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address:
        await daemon.emit(2)
        async with follow(address) as reader:
            await reader.until(b"retry: 2000\n\n")
            await daemon.emit(3)
            sent = await reader.until(b'"seq":5')
            assert reader.ids == [3, 4, 5]
            head = split(sent)[0]
            assert (head["content-type"], head["x-accel-buffering"]) == ("text/event-stream", "no")
            line = next(line for line in sent.splitlines() if line.startswith(b"data: "))
            event = json.loads(line.removeprefix(b"data: "))
            assert (event["cursor"], event["type"]) == (f"{EPOCH}.3", "workflow.started")


@pytest.mark.parametrize("by_header", [True, False])
async def test_coming_again(by_header: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """W4.4: by Last-Event-ID or `since`: what was missed, once, then what comes."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address:
        await daemon.emit(5)
        cursor = f"{EPOCH}.2"
        path, headers = (PATH, (f"Last-Event-ID: {cursor}",)) if by_header else (f"{PATH}?since={cursor}", ())
        async with follow(address, path, *headers) as reader:
            await reader.until(b'"seq":5')
            await daemon.emit(1)
            await reader.until(b'"seq":6')
            assert reader.ids == [3, 4, 5, 6]


async def test_another_store() -> None:
    """A cursor of another store is a `reset`, and the stream goes on from now."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address:
        await daemon.emit(5)
        async with follow(address, PATH, "Last-Event-ID: 0000.2") as reader:
            sent = await reader.until(b"event: reset\n")
            assert b'"after":"0000.2"' in await reader.until(b"\n\n\r\n")
            await daemon.emit(1)
            await reader.until(b'"seq":6')
            assert reader.ids == [6], sent


async def test_what_is_gone() -> None:
    """Events that are no longer kept are named, with an id to go on from."""
    daemon = ApiDaemon(ring_size=3)
    await daemon.emit(10)
    daemon.store.records = [record for record in daemon.store.records if not 3 <= record.seq <= 6]
    stream = await daemon.open_tail(EventFilter(), after=f"{EPOCH}.2", last=None)
    items = await stream.read()
    assert encode_sse(stream, items[0]) == f'event: reset\nid: {EPOCH}.6\ndata: {{"from":3,"to":6}}\n\n'.encode()
    assert json.loads(encode_line(stream, items[0])) == {"gap": {"from": 3, "to": 6}}
    assert json.loads(encode_line(stream, items[1]))["event"]["seq"] == 7


async def test_lines_for_programs() -> None:
    """NDJSON for who asks for it; `follow=false` ends with what is there; filters as those of `tail-events`."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address:
        await daemon.emit(3)
        await daemon.emit(2, run=7)
        sent = get(f"{PATH}?last=10&follow=false&run=7", "Accept: application/x-ndjson")
        status, answer = await ask(address, sent)
        headers, body = split(answer)
        assert (status, headers["content-type"]) == (200, "application/x-ndjson")
        events = [json.loads(line) for line in body.splitlines() if line.startswith(b"{")]
        assert [each["event"]["seq"] for each in events] == [4, 5]


async def test_goodbye() -> None:
    """When the door closes, followers get what there is, are told so, and the answer ends."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address, follow(address) as reader:
        await reader.until(b"retry")
        await daemon.emit(1)
        daemon.close()
        sent = await reader.until_end()
        assert (reader.ids, b"event: bye\n" in sent) == ([1], True)
        assert (await ask(address, get(PATH)))[0] == 503


async def test_room() -> None:
    """A quarter of the connections is never for streams; HEAD has no body that goes on."""
    daemon = ApiDaemon(web=WebConfig(connections=8))
    async with open_api(daemon) as address, trio.open_nursery() as nursery:
        gone = trio.Event()

        async def hold(*, task_status: trio.TaskStatus[None]) -> None:
            async with follow(address) as reader:
                await reader.until(b"retry")
                task_status.started()
                await gone.wait()

        for _ in range(6):
            await nursery.start(hold)
        status, answer = await ask(address, get(PATH))
        assert (status, json.loads(split(answer)[1])["code"]) == (503, "AEG317")
        assert split(answer)[0]["retry-after"] == "5"
        assert (await ask(address, get("/api/v1/version")))[0] == 200
        assert (await ask(address, get(PATH, method="HEAD")))[0] == 503
        gone.set()
    async with open_api(daemon) as address:
        assert (await ask(address, get(PATH, method="HEAD")))[0] == 200


async def test_silence(autojump_clock: trio.testing.MockClock) -> None:
    """When nothing happens there is a sign of life every 15 seconds."""
    daemon = ApiDaemon()
    opened = await open_events(daemon, QUERY, last_id=None, now=0.0)  # type: ignore[arg-type]
    pages = follow_pages(opened.stream, Followers(daemon), follow=True)  # type: ignore[arg-type]
    assert [await anext(pages), await anext(pages)] == [[], []]
    assert trio.current_time() == pytest.approx(2 * HEARTBEAT_S)
    await daemon.emit(2)
    assert [item.seq for item in await anext(pages)] == [1, 2]
    await pages.aclose()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("since=nonsense", 422),
        ("since=2h", 200),
        ("last=-1", 400),
        ("last=10001", 400),
        ("run=0", 400),
        ("run=1&run=2", 400),
        ("result=good", 400),
        ("type=*.x", 400),
        ("follow=maybe", 400),
        ("token=x", 400),
    ],
)
async def test_parameters(query: str, status: int) -> None:
    """What is out of bounds, doubled or unknown is refused by name; a token in a URL is not looked at (W4.15)."""
    async with open_api(ApiDaemon()) as address:
        more = "" if "follow" in query else "&follow=false"
        found, answer = await ask(address, get(f"{PATH}?{query}{more}"))
        assert found == status, answer
        if status >= 400:
            assert query.partition("=")[0] in json.loads(split(answer)[1])["detail"]
