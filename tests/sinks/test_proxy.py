"""Deliveries through a proxy: it makes the connections and decides where they may lead."""

import functools
import ssl
import time

import pytest
import trio
import trustme

from aegisd.core.masking import Redactor
from aegisd.core.targets import TargetPolicy
from aegisd.sinks.post import Post
from tests.sinks.test_post import make_request
from tests.sinks.webhook_kit import open_receiver, read_request

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def _make_post(proxy_port: int, *, tls: ssl.SSLContext | None = None) -> Post:
    return Post(
        policy=TargetPolicy(private=False),
        tls=tls,
        redactor=Redactor(()),
        connections=2,
        wall=time.time,
        proxy=f"http://127.0.0.1:{proxy_port}",
    )


async def _read_head(stream: trio.abc.Stream) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += await stream.receive_some(1)
    return head


async def _pump(source: trio.abc.Stream, sink: trio.abc.Stream) -> None:
    try:
        while data := await source.receive_some(65536):
            await sink.send_all(data)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return


async def _tunnel(asked: list[bytes], stream: trio.abc.Stream) -> None:
    """CONNECT to a port of this host, whatever the name."""
    head = await _read_head(stream)
    asked.append(head.split(b"\r\n")[0])
    port = int(head.split(b" ")[1].rpartition(b":")[2])
    async with await trio.open_tcp_stream("127.0.0.1", port) as far, trio.open_nursery() as nursery:
        await stream.send_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        nursery.start_soon(_pump, far, stream)
        await _pump(stream, far)
        nursery.cancel_scope.cancel()


async def test_plain_http_is_passed_on() -> None:
    """The proxy gets the whole address, and looks the name up: here nobody knows it."""
    asked: list[bytes] = []

    async def proxy(stream: trio.abc.Stream) -> None:
        asked.append((await _read_head(stream)).split(b"\r\n")[0])
        await stream.send_all(OK)

    async with open_receiver(proxy) as port:
        post = _make_post(port)
        answer = await post.send(make_request("http://receiver.invalid/hook?a=b"), limit_s=20)
        await post.retire()
    assert (answer.status, answer.text) == (200, "ok")
    assert asked == [b"POST http://receiver.invalid/hook?a=b HTTP/1.1"]


async def test_tls_goes_through_a_tunnel() -> None:
    """The certificate is the receiver's, verified for its name; the proxy sees the host and nothing else."""
    authority, trusting, serving = trustme.CA(), ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(trusting)
    authority.issue_cert("receiver.invalid").configure_cert(serving)
    bodies, asked = [], list[bytes]()

    async def receive(stream: trio.abc.Stream) -> None:
        bodies.append((await read_request(stream))[1])
        await stream.send_all(OK)

    async with open_receiver(receive, tls=serving) as far, open_receiver(functools.partial(_tunnel, asked)) as port:
        post = _make_post(port, tls=trusting)
        answer = await post.send(make_request(f"https://receiver.invalid:{far}/hook", b'{"secret":1}'), limit_s=20)
        await post.retire()
    assert answer.status == 200, answer
    assert bodies == [b'{"secret":1}']
    assert asked == [b"CONNECT receiver.invalid:%d HTTP/1.1" % far]


@pytest.mark.parametrize("status", [b"407 Request rejected by proxy", b"502 Bad Gateway"])
async def test_a_proxy_that_refuses(status: bytes) -> None:
    """It is said that the proxy did, and what it said."""

    async def refuse(stream: trio.abc.Stream) -> None:
        await _read_head(stream)
        await stream.send_all(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\n\r\n")

    async with open_receiver(refuse) as port:
        post = _make_post(port, tls=ssl.create_default_context())
        answer = await post.send(make_request("https://receiver.invalid/hook"), limit_s=20)
        await post.retire()
    assert answer.error == "proxy"
    assert answer.text == f"the proxy does not connect to receiver.invalid: {status.decode()}"
