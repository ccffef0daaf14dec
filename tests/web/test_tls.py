"""HTTPS: what is spoken, with which certificate, and what becomes of clients that do not speak it."""

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing
import trustme
from quart import Response, request
from quart_trio import QuartTrio

from aegis_web.limits import Limits
from aegis_web.server import serve_http
from aegis_web.sockets import open_listeners, show_address
from aegis_web.tls import Certificates
from aegisd.config.tls_pair import TlsKeys
from tests.web.kit import Address, ask, connect, get, make_test_app, read_all


class Pair:
    """A certificate with its key in two files, and the authority that clients trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = TlsKeys(cert=str(folder / "cert.pem"), key=str(folder / "key.pem"))
        self.authority = self.write()

    def write(self) -> trustme.CA:
        """A new pair of a new authority, put there in one step each, as tools that renew do."""
        authority = trustme.CA()
        issued = authority.issue_cert("localhost")
        for path, data in (
            (self.keys.key, issued.private_key_pem.bytes()),
            (self.keys.cert, b"".join(blob.bytes() for blob in issued.cert_chain_pems)),
        ):
            fresh = self.folder / "fresh"
            fresh.write_bytes(data)
            fresh.chmod(0o600)
            fresh.replace(path)
        return authority

    def spoil(self) -> None:
        """A key that belongs to another certificate."""
        Path(self.keys.key).write_bytes(trustme.CA().issue_cert("localhost").private_key_pem.bytes())

    def remove(self) -> None:
        """No certificate."""
        Path(self.keys.cert).unlink()


def make_app(limits: Limits) -> QuartTrio:
    """The usual app, which also tells the scheme."""
    app = make_test_app(limits=limits)

    @app.get("/scheme")
    async def scheme() -> Response:
        return Response(request.scheme)

    return app


@asynccontextmanager
async def open_server(
    certificates: Certificates, *, limits: Limits | None = None, bind: str = "127.0.0.1:0"
) -> AsyncIterator[Address]:
    """The address of a server that speaks TLS."""
    limits = limits or Limits()
    with open_listeners([bind], group=None, passed=()) as listeners:
        async with trio.open_nursery() as nursery:

            async def serve(*, task_status: trio.TaskStatus[None]) -> None:
                await serve_http(
                    make_app(limits),
                    listeners=listeners,
                    limits=limits,
                    certificates=certificates,
                    task_status=task_status,
                )

            await nursery.start(serve)
            await trio.testing.wait_all_tasks_blocked()
            yield listeners[0].socket.getsockname()
            nursery.cancel_scope.cancel()


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """A pair that is served."""
    return Pair(tmp_path)


async def ask_securely(address: Address, authority: trustme.CA, sent: bytes) -> bytes:
    """The answer over TLS, to a client that trusts `authority`. Raises ssl.SSLError when the server is another."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    stream = trio.SSLStream(await connect(address), context, server_hostname="localhost", https_compatible=True)
    async with stream:
        await stream.send_all(sent)
        return await read_all(stream)  # type: ignore[arg-type]


async def test_requests_over_tls(pair: Pair) -> None:
    """A request, a large answer and the scheme, which makes the cookie of a session `Secure`."""
    async with open_server(Certificates(lambda: pair.keys)) as address:
        assert (await ask_securely(address, pair.authority, get("/scheme"))).endswith(b"https")
        whole = await ask_securely(address, pair.authority, get("/big"))
        assert len(whole.partition(b"\r\n\r\n")[2]) == 50_000_000
        body = os.urandom(100_000)
        answer = await ask_securely(address, pair.authority, get("/", method="POST", body=body))
        assert answer.partition(b"\r\n\r\n")[2] == body


async def test_a_new_certificate_counts_at_once(pair: Pair) -> None:
    """Files that a tool has renewed are served to the next client, without a restart; an old client is not cut off."""
    async with open_server(Certificates(lambda: pair.keys)) as address:
        await ask_securely(address, pair.authority, get("/scheme"))
        renewed = pair.write()
        assert (await ask_securely(address, renewed, get("/scheme"))).endswith(b"https")
        with pytest.raises(trio.BrokenResourceError) as caught:
            await ask_securely(address, pair.authority, get("/scheme"))
        assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


async def test_a_broken_renewal_keeps_the_old(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    """A key that does not fit is said in the log once, and the pair that was read before goes on being served."""
    certificates = Certificates(lambda: pair.keys)
    async with open_server(certificates) as address:
        await ask_securely(address, pair.authority, get("/scheme"))
        pair.spoil()
        for _ in range(3):
            assert (await ask_securely(address, pair.authority, get("/scheme"))).endswith(b"https")
    assert [each.levelname for each in caplog.records if "does not belong" in each.message] == ["ERROR"]


async def test_plain_http_is_told(pair: Pair) -> None:
    """Who forgets the s is told so, and nothing of the app is reached."""
    async with open_server(Certificates(lambda: pair.keys)) as address:
        status, answer = await ask(address, get("/scheme"))
        assert status == 400
        assert b"https://" in answer


async def test_without_a_pair_nobody_is_answered_in_clear(pair: Pair) -> None:
    """When the pair was never read, connections are closed: TLS that is wanted never becomes plain HTTP."""
    pair.remove()
    async with open_server(Certificates(lambda: pair.keys)) as address:
        assert await ask(address, get("/scheme")) == (0, b"")


async def test_hostile_handshakes(pair: Pair) -> None:
    """Garbage, silence and old versions end within the time for headers, and hold nobody else up."""
    limits = Limits(header_s=0.2)
    async with open_server(Certificates(lambda: pair.keys), limits=limits) as address:
        for sent in (b"\x16\x03\x01", b"\x16" + os.urandom(500), b""):
            async with await connect(address, sent=sent) as stream:
                await read_all(stream)
        context = ssl.create_default_context()
        pair.authority.configure_trust(context)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        stream = trio.SSLStream(await connect(address), context, server_hostname="localhost")
        await stream.do_handshake()
        await trio.aclose_forcefully(stream)
        assert (await ask_securely(address, pair.authority, get("/scheme"))).endswith(b"https")


async def test_unix_sockets_stay_plain(pair: Pair, tmp_path: Path) -> None:
    """A proxy on the host speaks plain HTTP to them."""
    path = tmp_path / "w"
    async with open_server(Certificates(lambda: pair.keys), bind=f"unix:{path}"):
        stream = await trio.open_unix_socket(str(path))
        await stream.send_all(get("/scheme"))
        assert (await read_all(stream)).endswith(b"http")
        await stream.aclose()


async def test_tls_can_be_switched_on_by_a_reload(pair: Pair) -> None:
    """What is configured now counts for the next connection."""
    wanted: list[TlsKeys | None] = [None]
    async with open_server(Certificates(lambda: wanted[0])) as address:
        assert (await ask(address, get("/scheme")))[1].endswith(b"http")
        wanted[0] = pair.keys
        assert (await ask_securely(address, pair.authority, get("/scheme"))).endswith(b"https")


def test_addresses_say_what_is_spoken() -> None:
    """The log names an address as a browser would."""
    with open_listeners(["127.0.0.1:0"], group=None, passed=()) as (listener,):
        assert show_address(listener, is_secure=True).startswith("https://127.0.0.1:")
