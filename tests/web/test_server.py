"""The server against clients that break rules, break off, or take their time: each is answered or dropped, and nobody
else notices."""

import json

import pytest
import trio

from aegis_web.limits import Limits
from tests.web.kit import Address, ask, connect, get, open_server, read_all, slow_reader

UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)


def upgrade(path: str, *more: str) -> bytes:
    """A WebSocket upgrade."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *UPGRADE, *more]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


async def assert_alive(address: Address) -> None:
    """The server still answers."""
    with trio.fail_after(60):
        status, answer = await ask(address, get())
    assert status == 200, answer


REFUSED = {
    "no http": (b"\x00\x01\x02\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "http/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "http/3.0": (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    "long url": (get("/" + "a" * 9000), 414),
    "long header at once": (get("/", "X: " + "a" * 16_400), 431),
    "many headers": (get("/", *(f"X-{n}: {'a' * 100}" for n in range(160))), 431),
    "endless header": (b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000, 431),
    "absolute target": (b"GET http://evil.test/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "bad ipv6 target": (b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "length and chunks": (
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    "negative length": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    "huge length": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n", 413),
    "unknown coding": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    "bad chunk": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "chunk extension": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 40_000 + b"\r\na\r\n0\r\n\r\n",
        431,
    ),
    "bare newline in name": (b"GET / HTTP/1.1\r\nHost: a\r\nX\n: b\r\n\r\n", 400),
    "nul in value": (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", 400),
    "bad subprotocol": (upgrade("/ws", "Sec-WebSocket-Protocol: \xff"), 400),
}


async def test_refused_requests() -> None:
    """What is no proper request is answered with its own status and a problem, and the connection is closed."""
    found = {}
    async with open_server() as address:
        for name, (sent, _) in REFUSED.items():
            with trio.fail_after(20):
                status, answer = await ask(address, sent)
            found[name] = status
            head, _, body = answer.partition(b"\r\n\r\n")
            assert b"application/problem+json" in head, name
            assert json.loads(body)["status"] == status, name
        await assert_alive(address)
    assert found == {name: status for name, (_, status) in REFUSED.items()}


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(get("/", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"), id="h2c"),
        pytest.param(get("/", "Upgrade: h2c", "HTTP2-Settings: !!!"), id="h2c with bad settings"),
    ],
)
async def test_http2_is_passed_over(sent: bytes) -> None:
    """An offer of HTTP/2 is answered in HTTP/1.1."""
    async with open_server() as address:
        assert (await ask(address, sent))[0] == 200


@pytest.mark.parametrize("path", ["/broken", "/group"])
async def test_defects_show_nothing(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """An error in the app is a problem without a word of its traceback, and the log has it."""
    async with open_server() as address:
        status, answer = await ask(address, get(path))
        await assert_alive(address)
    assert status == 500
    assert b"secret" not in answer
    assert b"Traceback" not in answer
    assert "BrokenError" in caplog.text


async def test_connections_are_reused_and_closed() -> None:
    """Requests follow each other on one connection until the client asks to close; HTTP/1.0 closes by itself."""
    async with open_server() as address, await connect(address) as stream:
        for _ in range(3):
            await stream.send_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert (await stream.receive_some(4096)).startswith(b"HTTP/1.1 200")
        await stream.send_all(get())
        with trio.fail_after(20):
            assert b"connection: close" in (await read_all(stream)).lower()
            assert (await ask(address, b"GET / HTTP/1.0\r\n\r\n"))[0] == 200


async def test_pipelined_requests_are_answered_in_order() -> None:
    """Three requests sent at once have three answers."""
    one = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"
    async with open_server() as address, await connect(address, sent=one + b"1" + one + b"2") as stream:
        await stream.send_all(get(method="POST", body=b"3"))
        answer = await read_all(stream)
    bodies = [part.partition(b"\r\n\r\n")[2][:1] for part in answer.split(b"HTTP/1.1 200")[1:]]
    assert bodies == [b"1", b"2", b"3"]


SLOW = Limits(idle_s=0.2, header_s=0.3, body_s=0.3, body_floor=1000, send_s=0.3, linger_s=0.2)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"", 0, id="silent"),
        pytest.param(b"GET / HT", 408, id="half a request line"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n", 408, id="half the headers"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", 408, id="half a body"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, id="idle after an answer"),
    ],
)
async def test_slow_clients_are_dropped(sent: bytes, status: int) -> None:
    """Who does not go on is told so and dropped (matrix 54, 55)."""
    async with open_server(SLOW) as address:
        with trio.fail_after(20):
            assert (await ask(address, sent))[0] == status


async def test_a_dripping_body_must_keep_the_floor() -> None:
    """A byte now and then does not keep a connection (matrix 55)."""
    async with open_server(SLOW) as address:
        stream = await connect(address, sent=b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        async with trio.open_nursery() as nursery, stream:

            async def drip() -> None:
                while True:
                    try:
                        await stream.send_all(b"x")
                    except trio.BrokenResourceError:
                        return
                    await trio.sleep(0.05)

            nursery.start_soon(drip)
            with trio.fail_after(20):
                assert b" 408 " in await read_all(stream)
            nursery.cancel_scope.cancel()


async def test_who_does_not_read_is_dropped() -> None:
    """A client that takes nothing of a large answer holds the server only for a while (matrix 53)."""
    async with open_server(SLOW) as address:
        client = slow_reader(address)
        with client:
            client.sendall(get("/big"))
            await trio.sleep(1.0)
            await assert_alive(address)


async def test_a_leaver_behind_a_stream_is_noticed() -> None:
    """A client that has sent its next request ahead of a stream, and leaves, leaves nothing behind."""
    async with open_server() as address:
        before = trio.lowlevel.current_statistics().tasks_living
        for _ in range(3):
            stream = await connect(address, sent=b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n" + get())
            assert b"200" in await stream.receive_some(100)
            await stream.aclose()
        with trio.fail_after(20):
            while trio.lowlevel.current_statistics().tasks_living > before:  # noqa: ASYNC110 - nobody tells
                await trio.sleep(0.05)
        await assert_alive(address)


async def test_who_stays_after_the_last_answer_ends_nobody_else() -> None:
    """A client that was refused and does not close is closed in time, and only this one: the server goes on."""
    async with open_server(Limits(linger_s=0.05)) as address:
        streams = [await connect(address, sent=b"no request\r\n\r\n") for _ in range(5)]
        await trio.sleep(0.3)
        await assert_alive(address)
        for stream in streams:
            await stream.aclose()


async def test_full_house() -> None:
    """One client more than there is room for takes the place of an idle one, or is told to come again."""
    async with open_server(Limits(connections=2)) as address:
        idle = await connect(address)
        busy = await connect(address, sent=b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"200" in await busy.receive_some(100)
        third = await connect(address, sent=b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"200" in await third.receive_some(100)
        assert await read_all(idle) == b""
        assert (await ask(address, get()))[0] == 503
        for stream in (idle, busy, third):
            await stream.aclose()


async def test_end_is_quick() -> None:
    """With streams, sockets, stalled, half-sent and idle clients the server ends in less than half a second."""
    async with open_server() as address:
        streams = [
            await connect(address, sent=sent)
            for sent in (
                *[b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"] * 5,
                *[upgrade("/ws")] * 5,
                *[upgrade("/ws-deaf")] * 5,
                b"GET / HTTP/1.1\r\nHo",
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
                b"",
            )
        ]
        stalled = slow_reader(address)
        stalled.sendall(get("/big"))
        await trio.sleep(0.3)
        leaving = trio.current_time()
    took = trio.current_time() - leaving
    stalled.close()
    for stream in streams:
        await stream.aclose()
    assert took < 2.0  # 0.2 s here; the time of a busy machine is not what is tested
