"""Who may do what over HTTP: tokens, scopes, sessions, other sites. Everything fails closed."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie

import pytest
import trio
from attrs import define, field
from quart import Response, jsonify, websocket

from aegis_web.app import make_app
from aegis_web.auth import check_same_site, require
from aegis_web.limits import Limits
from aegis_web.sessions import LIFETIME_S, Sessions
from aegisd.access_desk import AccessDesk
from aegisd.config.web_keys import WebConfig
from aegisd.core.token import AccessToken, Scope, digest_secret
from aegisd.store.memory import MemoryStore
from aegisd.timeline.identity import Clock, IdentitySource
from aegisd.timeline.recorder import Recorder
from aegisd.timeline.ring import Ring
from aegisd.wire.errors import CallError
from tests.web.kit import Address, ask, get, open_server
from tests.web.test_app import split

FIXED = AccessToken(name="fixed", sha256=digest_secret("of the configuration"), scopes=(Scope.READ,))


@define
class Daemon:
    """What the app asks of the daemon, with a real desk of tokens."""

    config: "Daemon" = field(init=False)
    web: WebConfig = field(factory=lambda: WebConfig(tokens=(FIXED,)))
    access: AccessDesk = field(init=False)
    store: MemoryStore = field(factory=MemoryStore)

    def __attrs_post_init__(self) -> None:
        """It is its own configuration."""
        self.config = self


@asynccontextmanager
async def open_door(daemon: Daemon) -> AsyncIterator[Address]:
    """The app with two paths of a tenant: /look (read) and /start (run), and a WebSocket /ws."""
    recorder = Recorder(store=daemon.store, ring=Ring(size=100), clock=Clock(), new_id=IdentitySource(), last_seq=0)
    daemon.access = AccessDesk(store=daemon.store, recorder=recorder, current=lambda: daemon)  # type: ignore[arg-type,return-value]
    app = make_app(daemon, limits=Limits())  # type: ignore[arg-type]

    @app.get("/look")
    async def look() -> Response:
        caller = await require(Scope.READ)
        return jsonify(by=caller.by if caller else None)

    @app.post("/start")
    async def start() -> Response:
        check_same_site()
        caller = await require(Scope.RUN)
        assert caller is not None
        return jsonify(by=caller.by)

    @app.websocket("/events")
    async def events() -> None:
        check_same_site()
        await websocket.accept()

    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        async with open_server(app=app) as address:
            yield address
        recorder.close()


async def status_of(address: Address, path: str, *headers: str, method: str = "GET", body: bytes = b"") -> int:
    """The status alone."""
    return (await ask(address, get(path, *headers, method=method, body=body)))[0]


async def test_scopes() -> None:
    """No token: 401; a wrong one: 401 even for reading; one of a smaller scope: 403; a fitting one is who did it
    (W1.18, W1.19: nothing but a known token opens)."""
    daemon = Daemon()
    async with open_door(daemon) as address:
        _, reader = await daemon.access.create("reader", scopes=["read"], by="dev1")
        _, runner = await daemon.access.create("runner", scopes=["run"], by="dev1")
        assert await status_of(address, "/start", method="POST") == 401
        for wrong in (
            "Bearer",
            "Bearer ",
            "Bearer ${AEGIS_API_KEY}",
            "Basic YTpi",
            f"bearer x{runner}",
            "Bearer " + "x" * 600,
        ):
            assert await status_of(address, "/start", f"Authorization: {wrong}", method="POST") == 401
            assert await status_of(address, "/look", f"Authorization: {wrong}") == 401
        assert await status_of(address, "/start", f"Authorization: Bearer {reader}", method="POST") == 403
        assert await status_of(address, "/start", f"X-API-Key: {runner}", method="POST") == 401
        assert await status_of(address, f"/start?token={runner}", method="POST") == 401
        doubled = (f"Authorization: Bearer {runner}", f"Authorization: Bearer {reader}")
        assert await status_of(address, "/start", *doubled, method="POST") == 401
        status, answer = await ask(address, get("/start", f"Authorization: bearer {runner}", method="POST"))
        assert (status, json.loads(split(answer)[1])) == (200, {"by": "token runner"})
        assert await status_of(address, "/look") == 200


async def test_reading_in_private() -> None:
    """With `public_read = false` reading needs a token, that of the configuration is one, and a revoked one is none."""
    daemon = Daemon(web=WebConfig(public_read=False, tokens=(FIXED,)))
    async with open_door(daemon) as address:
        assert await status_of(address, "/look") == 401
        assert await status_of(address, "/healthz") == 200
        assert await status_of(address, "/look", "Authorization: Bearer of the configuration") == 200
        _, secret = await daemon.access.create("ci", scopes=["run"], by="dev1")
        assert await status_of(address, "/look", f"Authorization: Bearer {secret}") == 200
        await daemon.access.revoke("ci", by="dev1")
        assert await status_of(address, "/look", f"Authorization: Bearer {secret}") == 401


async def test_what_is_kept() -> None:
    """A secret is neither in the store nor in an event; making and taking back are events with who did it."""
    daemon = Daemon()
    async with open_door(daemon):
        shown, secret = await daemon.access.create("ci", scopes=["run", "run"], by="dev1")
        assert secret.startswith("aegis_")
        assert (shown["name"], shown["scopes"], shown["by"]) == ("ci", ["run"], "dev1")
        await daemon.access.revoke("ci", by="dev2")
        bodies = [record.body for record in daemon.store.records]
        assert [b'"token.created"' in bodies[0], b'"dev2"' in bodies[1]] == [True, True]
        assert secret.encode() not in b"".join(bodies)
        assert [each["name"] for each in await daemon.access.list()] == ["fixed"]


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("fixed", ["read"]),
        ("twice", ["read"]),
        ("", ["read"]),
        ("a b", ["read"]),
        ("x" * 65, ["run"]),
        ("a", ["root"]),
        ("a", []),
    ],
)
async def test_bad_tokens(name: str, scopes: list[str]) -> None:
    """Names are names and there once, also beside the configuration's; scopes are known ones."""
    daemon = Daemon()
    async with open_door(daemon):
        await daemon.access.create("twice", scopes=["read"], by="dev1")
        with pytest.raises(CallError):
            await daemon.access.create(name, scopes=scopes, by="dev1")
        with pytest.raises(CallError, match="there is no token"):
            await daemon.access.revoke("nobody", by="dev1")


SITES: list[tuple[tuple[str, ...], int]] = [
    (("Sec-Fetch-Site: cross-site",), 403),
    (("Sec-Fetch-Site: same-site",), 403),
    (("Sec-Fetch-Site: same-origin",), 200),
    (("Sec-Fetch-Site: same-origin", "Origin: null"), 200),
    (("Sec-Fetch-Site: none",), 200),
    (("Origin: http://evil.test",), 403),
    (("Origin: null",), 403),
    (("Origin: http://localhost.evil.test",), 403),
    (("Origin: http://localhost:1",), 403),
    (("Origin: http://localhost",), 200),
    (("Origin: https://ci.example.org",), 200),
    (("Origin: http://ci.example.org",), 403),
]


@pytest.mark.parametrize(("headers", "status"), SITES, ids=str)
async def test_other_sites(headers: tuple[str, ...], status: int) -> None:
    """What a page of another site makes a browser send changes nothing, token or not (matrix 58)."""
    daemon = Daemon(web=WebConfig(url="https://ci.example.org"))
    async with open_door(daemon) as address:
        _, secret = await daemon.access.create("ci", scopes=["run"], by="dev1")
        for path, body in (("/start", b""), ("/login", b"token=" + secret.encode())):
            form = "Content-Type: application/x-www-form-urlencoded"
            sent = get(path, f"Authorization: Bearer {secret}", form, *headers, method="POST", body=body)
            found, answer = await ask(address, sent)
            assert found == (303 if status == 200 and path == "/login" else status), answer


async def test_websockets_of_other_sites() -> None:
    """W3.12: browsers let any page open a WebSocket: the Origin must be ours."""
    upgrade = (
        *("GET /events HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket"),
        *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
    )
    async with open_door(Daemon()) as address:
        for more, status in ((), 101), (("Origin: http://localhost",), 101), (("Origin: http://evil.test",), 403):
            sent = "\r\n".join([*upgrade, *more]).encode() + b"\r\n\r\n"
            stream = await trio.open_tcp_stream(*address)
            async with stream:
                await stream.send_all(sent)
                assert f"HTTP/1.1 {status}".encode() in bytes(await stream.receive_some(1000))


async def test_sign_in() -> None:
    """A token becomes a session, whose cookie no script and no other site can use; /logout ends it."""
    daemon = Daemon()
    form = "Content-Type: application/x-www-form-urlencoded"
    async with open_door(daemon) as address:
        _, secret = await daemon.access.create("dev", scopes=["run"], by="dev1")
        for target, expected in (
            ("/runs/7", "/runs/7"),
            ("//evil.test", "/"),
            ("https://evil.test", "/"),
            ("/\\e", "/"),
        ):
            body = f"token={secret}&next={target}".encode()
            status, answer = await ask(address, get("/login", form, method="POST", body=body))
            headers, _ = split(answer)
            assert (status, headers["location"]) == (303, expected)
        cookie = headers["set-cookie"]
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        assert secret not in cookie
        sent = "Cookie: aegis_session=" + SimpleCookie(cookie)["aegis_session"].value
        status, answer = await ask(address, get("/start", sent, method="POST"))
        assert (status, json.loads(split(answer)[1])["by"]) == (200, "token dev")
        assert await status_of(address, "/start", sent, "Sec-Fetch-Site: cross-site", method="POST") == 403
        json_body = json.dumps({"token": secret}).encode()
        assert (
            await status_of(address, "/login", "Content-Type: application/json", method="POST", body=json_body) == 204
        )
        assert await status_of(address, "/logout", sent, method="POST") == 303
        assert await status_of(address, "/start", sent, method="POST") == 401


async def test_revoking_signs_out() -> None:
    """A session is worth as much as its token is now."""
    daemon = Daemon()
    async with open_door(daemon) as address:
        _, secret = await daemon.access.create("dev", scopes=["run"], by="dev1")
        body = json.dumps({"token": secret}).encode()
        _, answer = await ask(address, get("/login", "Content-Type: application/json", method="POST", body=body))
        sent = "Cookie: " + split(answer)[0]["set-cookie"].partition(";")[0]
        assert await status_of(address, "/start", sent, method="POST") == 200
        await daemon.access.revoke("dev", by="dev1")
        assert await status_of(address, "/start", sent, method="POST") == 401


async def test_guessing() -> None:
    """After a few wrong tokens even a right one has to wait."""
    daemon = Daemon()
    kind = "Content-Type: application/json"
    async with open_door(daemon) as address:
        _, secret = await daemon.access.create("dev", scopes=["run"], by="dev1")
        wrong, right = (json.dumps({"token": each}).encode() for each in ("guess", secret))
        assert await status_of(address, "/login", kind, method="POST", body=wrong) == 401
        assert await status_of(address, "/login", kind, method="POST", body=b"[]") == 429
        status, answer = await ask(address, get("/login", kind, method="POST", body=right))
        assert (status, split(answer)[0]["retry-after"].isdigit()) == (429, True)
        assert await status_of(address, "/login", kind, method="POST", body=b"x" * 5000) == 429


def test_sessions() -> None:
    """Sessions end by themselves, and there are at most a thousand."""
    sessions = Sessions()
    first = sessions.begin("a", now=0)
    assert sessions.find(first, now=LIFETIME_S - 1) == "a"
    assert sessions.find(first, now=LIFETIME_S) is None
    kept = [sessions.begin("b", now=0) for _ in range(1001)]
    assert [sessions.find(each, now=1) for each in (kept[0], kept[1], kept[-1])] == [None, "b", "b"]
