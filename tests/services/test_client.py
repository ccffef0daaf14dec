"""The HTTP client of services against real servers on loopback: bounds, addresses, certificates, faults."""

import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trustme

from aegisd.services.client import ClientMaker, ServiceClient
from aegisd.steps.calling import Request, ServiceFault

Answering = Callable[[trio.abc.Stream], Awaitable[None]]


def reply(body: bytes = b"{}", *headers: str, status: str = "200 OK") -> bytes:
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def open_service(answer: bytes, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that answers whatever it is asked with `answer`; gives its port."""

    async def serve(stream: trio.SocketStream) -> None:
        talk = stream if context is None else trio.SSLStream(stream, context, server_side=True)
        try:
            while await talk.receive_some(65536):
                await talk.send_all(answer)
        except (trio.BrokenResourceError, ssl.SSLError):
            pass
        finally:
            await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, serve, 0)
        yield listeners[0].socket.getsockname()[1]
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def open_client(
    url: str, *, public_only: bool = False, ca_file: str | None = None
) -> AsyncIterator[ServiceClient]:
    """A client of `url`."""
    maker = ClientMaker()
    client = await maker.make(who="qa", url=url, public_only=public_only, ca_file=ca_file, secrets=("s3cret",))
    try:
        yield client
    finally:
        await client.aclose()


async def fault_of(client: ServiceClient, request: Request | None = None) -> ServiceFault:
    """The fault of a call."""
    with pytest.raises(ServiceFault) as caught:
        await client.send(request or Request(method="GET"))
    return caught.value


async def test_get_and_post() -> None:
    """S62: path, query, headers and body arrive as they were asked for; status, type and body come back, whatever the
    status is."""
    asked: list[bytes] = []

    async def serve(stream: trio.SocketStream) -> None:
        while data := await stream.receive_some(65536):
            asked.append(data)
            if b"\r\n\r\n{" not in data and data.startswith(b"POST"):
                asked[-1] += await stream.receive_some(65536)
            status = "201 Created" if data.startswith(b"POST") else "404 Not Found"
            await stream.send_all(reply(b'{"id": 7}', "Content-Type: application/json", status=status))

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, serve, 0)
        port = listeners[0].socket.getsockname()[1]
        async with open_client(f"http://127.0.0.1:{port}/base") as client:
            got = await client.send(Request(method="GET", path="/runs", query=(("limit", "a b"),)))
            sent = await client.send(Request(method="POST", path="/runs", headers={"X-Mark": "m"}, body=b'{"a": 1}'))
        nursery.cancel_scope.cancel()
    assert (got.status, got.body, got.content_type) == (404, b'{"id": 7}', "application/json")
    assert (sent.status, sent.body, sent.duration_s > 0) == (201, b'{"id": 7}', True)
    assert asked[0].startswith((b"GET /base/runs?limit=a+b HTTP/1.1\r\n", b"GET /base/runs?limit=a%20b HTTP/1.1\r\n"))
    assert asked[1].startswith(b"POST /base/runs HTTP/1.1\r\n")
    assert b"x-mark: m" in asked[1].lower()
    assert asked[1].endswith(b'\r\n\r\n{"a": 1}')


async def test_a_body_is_bounded() -> None:
    """No more than the limit is read; without a limit nothing is."""
    async with open_service(reply(b"x" * 1_000_000)) as port, open_client(f"http://127.0.0.1:{port}") as client:
        fault = await fault_of(client, Request(method="GET", limit=100_000))
        assert (fault.kind, fault.message) == ("body", "qa: the answer is larger than 100000 bytes")
        assert (await client.send(Request(method="GET", limit=None))).body == b""
        assert len((await client.send(Request(method="GET", limit=1_000_000))).body) == 1_000_000


async def test_nothing_is_unpacked() -> None:
    """What is compressed though nobody asked for it is refused: a few bytes could become any number."""
    bomb = reply(gzip.compress(bytes(10_000_000)), "Content-Encoding: gzip")
    async with open_service(bomb) as port, open_client(f"http://127.0.0.1:{port}") as client:
        assert "encoded as gzip, which was not asked for" in (await fault_of(client)).message


async def test_secrets_are_masked() -> None:
    """What was sent in secret is masked in what comes back."""
    told = reply(b'{"key":"s3cret"}', "Location: /?k=s3cret", status="302 Found")
    async with open_service(told) as port, open_client(f"http://localhost:{port}") as client:
        answer = await client.send(Request(method="GET"))
        own = await client.send(Request(method="GET", headers={"X-Auth-Token": '{"key":"s3cret"}'}))
    assert (answer.status, answer.body, answer.location) == (302, b'{"key":"***"}', "/?k=***")
    assert b"s3cret" not in own.body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"])
async def test_public_only(host: str) -> None:
    """A URL in a step reaches nothing on this host, however it is spelled."""
    async with open_client("", public_only=True) as client:
        fault = await fault_of(client, Request(method="GET", url=f"http://{host}:8001/"))
    assert (fault.kind, fault.sent) == ("denied", False)
    assert "is not an allowed target (" in fault.message


async def test_metadata_is_out_of_reach() -> None:
    """Not even a service leads to a cloud's metadata, nor a URL to a port that is not for the web."""
    async with open_client("http://169.254.169.254") as client:
        assert "169.254.169.254 is not an allowed target (link-local)" in (await fault_of(client)).message
    async with open_client("", public_only=True) as client:
        assert (
            "1.1.1.1:25 is not an allowed target (port 25)"
            in (await fault_of(client, Request(method="GET", url="http://1.1.1.1:25"))).message
        )


async def test_certificates(tmp_path: Path) -> None:
    """S47: a certificate that nobody knows is a fault of TLS; with ca_file it is known; a bad name is told."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with open_service(reply(), context) as port:
        async with open_client(f"https://localhost:{port}") as client:
            fault = await fault_of(client)
            assert fault.kind == "tls"
            assert "bad certificate: unable to get local issuer certificate" in fault.message
        async with open_client(f"https://localhost:{port}", ca_file=str(tmp_path / "ca.pem")) as client:
            assert (await client.send(Request(method="GET"))).status == 200
        async with open_client(f"https://127.0.0.1:{port}", ca_file=str(tmp_path / "ca.pem")) as client:
            assert "IP address mismatch" in (await fault_of(client)).message


async def test_what_is_no_http() -> None:
    """A server that speaks something else is a broken connection with words, and the request may have arrived."""
    async with open_service(b"SSH-2.0-OpenSSH_9.6\r\n\r\n") as port, open_client(f"http://127.0.0.1:{port}") as client:
        fault = await fault_of(client)
    assert (fault.kind, fault.sent) == ("connection", True)


async def test_no_name() -> None:
    """A name without an address is told apart."""
    async with open_client("http://nowhere.invalid") as client:
        fault = await fault_of(client)
    assert (fault.kind, fault.sent) == ("dns", False)
