"""One attempt against real receivers on this host that hang, lie, flood, redirect and break off, with and without
TLS."""

import ssl
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import trio
import trustme

from aegisd.core.masking import Redactor
from aegisd.core.targets import TargetPolicy
from aegisd.sinks import network_error
from aegisd.sinks.fate import Answer
from aegisd.sinks.post import Post
from aegisd.sinks.request import Request
from tests.sinks.webhook_kit import Behaviour, open_receiver, read_request

HERE = TargetPolicy(loopback=True)


def make_post(*, tls: ssl.SSLContext | None = None, secrets: tuple[str, ...] = (), policy: TargetPolicy = HERE) -> Post:
    """Connections to this host."""
    return Post(policy=policy, tls=tls, redactor=Redactor(secrets), connections=2, wall=time.time)


def make_request(url: str, body: bytes = b'{"a":1}') -> Request:
    """A request for `url`."""
    host = url.partition("://")[2].partition("/")[0].encode()
    headers = [(b"host", host), (b"content-length", str(len(body)).encode())]
    return Request(url=url, headers=headers, body=body)


async def _send(behave: Behaviour, *, limit_s: float = 5.0, **options: Any) -> Answer:
    post = make_post(**options)
    async with open_receiver(behave) as port:
        answer = await post.send(make_request(f"http://127.0.0.1:{port}/hook"), limit_s=limit_s)
        await post.retire()
    return answer


def _say(data: bytes) -> Behaviour:
    async def behave(stream: trio.abc.Stream) -> None:
        while (await read_request(stream))[0]:
            await stream.send_all(data)

    return behave


async def test_an_answer() -> None:
    """Status, the start of the answer, and how long it took."""
    answer = await _send(_say(b"HTTP/1.1 202 Accepted\r\ncontent-length: 5\r\n\r\nthank"))
    assert (answer.status, answer.text, answer.error, answer.is_success) == (202, "thank", None, True)
    assert 0 < answer.duration_s < 5


async def test_answers_are_made_fit_to_be_shown() -> None:
    """Control characters are written out, secrets covered in whatever form, and a KiB is kept."""
    body = b"\x1b[2J\n hunter2-hunter2 aHVudGVyMi1odW50ZXIy\xff" + b"x" * 5000
    head = b"HTTP/1.1 500 No\r\ncontent-length: %d\r\n\r\n" % len(body)
    answer = await _send(_say(head + body), secrets=("hunter2-hunter2",))
    assert answer.text.startswith(r"\x1b[2J\n ••• •••")
    assert len(answer.text) == 1024


async def test_redirects_are_not_followed() -> None:
    """A 302 to somewhere else is an answer like any other; nobody goes there."""
    asked: list[bytes] = []

    async def behave(stream: trio.abc.Stream) -> None:
        asked.append((await read_request(stream))[1])
        location = b"http://169.254.169.254/latest/meta-data"
        await stream.send_all(b"HTTP/1.1 302 Found\r\nlocation: " + location + b"\r\ncontent-length: 0\r\n\r\n")

    answer = await _send(behave)
    assert (answer.status, len(asked)) == (302, 1)


async def test_what_headers_say() -> None:
    """Retry-After and `webhook-delivery: abort-message`, in any spelling of their names."""
    head = b"HTTP/1.1 429 Slow\r\nRetry-After: 90\r\nWebhook-Delivery: Abort-Message\r\ncontent-length: 0\r\n\r\n"
    answer = await _send(_say(head))
    assert (answer.retry_after_s, answer.abort, answer.is_throttle) == (90.0, True, True)


async def _hang(stream: trio.abc.Stream) -> None:
    await read_request(stream)
    await trio.sleep_forever()


async def _hang_after_headers(stream: trio.abc.Stream) -> None:
    await read_request(stream)
    await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nwait")
    await trio.sleep_forever()


async def _drip(stream: trio.abc.Stream) -> None:
    await read_request(stream)
    for byte in b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 1000:
        await stream.send_all(bytes([byte]))
        await trio.sleep(0.02)


async def _flood(stream: trio.abc.Stream) -> None:
    await read_request(stream)
    await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")
    for _ in range(16384):
        await stream.send_all(b"x" * 65536)


@pytest.mark.parametrize(
    ("behave", "status", "error"),
    [(_hang, None, "timeout"), (_hang_after_headers, 200, None), (_drip, None, "timeout")],
)
async def test_one_deadline(behave: Behaviour, status: int | None, error: str | None) -> None:
    """Row 68: before the headers, after them, a byte at a time: an attempt ends when its time is over. A status that
    came is one, whatever becomes of the rest."""
    begun = time.monotonic()
    answer = await _send(behave, limit_s=0.3)
    assert (answer.status, answer.error) == (status, error)
    assert 0.25 < time.monotonic() - begun < 20


async def test_a_huge_answer() -> None:
    """Of a GiB 64 KiB are read, and then the connection is closed."""
    begun = time.monotonic()
    answer = await _send(_flood)
    assert (answer.status, len(answer.text)) == (200, 1024)
    assert time.monotonic() - begun < 20


async def _close_at_once(stream: trio.abc.Stream) -> None:
    await read_request(stream)


async def _close_half_way(stream: trio.abc.Stream) -> None:
    await read_request(stream)
    await stream.send_all(b"HTTP/1.1 503 Sorry\r\ncontent-length: 100\r\n\r\nhalf")


@pytest.mark.parametrize(
    ("behave", "status", "error"),
    [
        (_close_at_once, None, "closed"),
        (_close_half_way, 503, None),
        (_say(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), None, "protocol"),
        (_say(b"\xff\xfe\x00" * 100 + b"\r\n\r\n"), None, "protocol"),
    ],
)
async def test_broken_answers(behave: Behaviour, status: int | None, error: str | None) -> None:
    """Each has a kind of its own and a sentence without the address."""
    answer = await _send(behave)
    assert (answer.status, answer.error) == (status, error)
    assert "/hook" not in answer.text


async def test_a_connection_is_kept() -> None:
    """W1.4: ten attempts use one connection; one that the receiver closed meanwhile is replaced without a failure."""
    connections = 0

    async def behave(stream: trio.abc.Stream) -> None:
        nonlocal connections
        connections += 1
        for _ in range(5):
            await read_request(stream)
            await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    post = make_post()
    async with open_receiver(behave) as port:
        for _ in range(10):
            assert (await post.send(make_request(f"http://127.0.0.1:{port}/"), limit_s=5)).status == 200
        await post.retire()
    assert connections == 2


async def test_nobody_listens() -> None:
    """A closed port is `refused`, a name that nobody knows `dns`."""
    async with open_receiver(_hang) as port:
        pass
    post = make_post()
    assert (await post.send(make_request(f"http://127.0.0.1:{port}/"), limit_s=5)).error == "refused"
    assert (await post.send(make_request("http://nobody.invalid/"), limit_s=5)).error in {"dns", "timeout"}
    await post.retire()


async def test_nobody_takes_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that swallows packets is `connect-timeout`, long before the attempt's own time is over."""
    monkeypatch.setattr("aegisd.sinks.post.CONNECT_S", 0.2)
    listener = await trio.open_tcp_listeners(0, host="127.0.0.1", backlog=1)
    port = listener[0].socket.getsockname()[1]
    fillers = [trio.socket.socket() for _ in range(8)]
    async with trio.open_nursery() as nursery:
        for each in fillers:
            nursery.start_soon(each.connect, ("127.0.0.1", port))
        await trio.sleep(0.1)
        post = make_post()
        answer = await post.send(make_request(f"http://127.0.0.1:{port}/"), limit_s=3)
        await post.retire()
        nursery.cancel_scope.cancel()
    assert (answer.error, answer.duration_s < 2) == ("connect-timeout", True)
    for each in (*fillers, listener[0].socket):
        each.close()
    assert network_error.CONNECT_S == 5.0


async def test_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 75: HTTP_PROXY and the like are not looked at."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    answer = await _send(_say(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"))
    assert answer.status == 200


@pytest.fixture
def authority() -> tuple[trustme.CA, ssl.SSLContext]:
    """An authority of our own and a context that trusts it."""
    ca = trustme.CA()
    context = ssl.create_default_context()
    ca.configure_trust(context)
    return ca, context


def _serve_with(leaf: trustme.LeafCert, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    if version is not None:
        context.maximum_version = version
    return context


async def _over_tls(context: ssl.SSLContext, server: ssl.SSLContext) -> Answer:
    post = make_post(tls=context)
    behave = _say(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    async with open_receiver(behave, tls=server) as port:
        answer = await post.send(make_request(f"https://localhost:{port}/hook"), limit_s=5)
        await post.retire()
    return answer


async def test_tls(authority: tuple[trustme.CA, ssl.SSLContext]) -> None:
    """A certificate of an authority that is trusted, for the right name: delivered."""
    ca, context = authority
    assert (await _over_tls(context, _serve_with(ca.issue_cert("localhost")))).status == 200


async def test_certificates_are_verified(authority: tuple[trustme.CA, ssl.SSLContext]) -> None:
    """Row 65: expired, for another name, of an authority that nobody knows: refused, in words that say which."""
    ca, context = authority
    past = datetime(2020, 1, 1, tzinfo=UTC)
    cases = {
        "expired": ca.issue_cert("localhost", not_after=past),
        "ostname mismatch": ca.issue_cert("other.example.org"),
        "unable to get local issuer": trustme.CA().issue_cert("localhost"),
    }
    for words, leaf in cases.items():
        answer = await _over_tls(context, _serve_with(leaf))
        assert answer.error == "tls"
        assert words in answer.text
        assert answer.text.startswith("certificate of localhost: ")


async def test_old_tls_and_none(authority: tuple[trustme.CA, ssl.SSLContext]) -> None:
    """A receiver that speaks no TLS at all is `tls`, not a defect."""
    _, context = authority
    post = make_post(tls=context)
    async with open_receiver(_say(b"HTTP/1.1 400 Bad\r\n\r\n")) as port:
        answer = await post.send(make_request(f"https://localhost:{port}/"), limit_s=1)
        await post.retire()
    assert answer.error in {"tls", "timeout", "closed"}
    assert answer.status is None
