"""The app as every tenant has it: names it answers to, headers, ids, problems; and the two paths for monitors."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from attrs import define, field

from aegis_web.app import SECURITY_HEADERS, make_app
from aegis_web.hosts import host_name, is_allowed
from aegis_web.limits import Limits
from aegisd.config.web_keys import WebConfig
from aegisd.core.hook import Admission, HookAnswer, HookCall
from aegisd.wire.errors import CallError
from tests.web.kit import Address, ask, get, open_server


@define
class FakeConfig:
    """The part of the configuration that the app looks at."""

    web: WebConfig = field(factory=lambda: WebConfig(allowed_hosts=("ci.example.org",)))


@define
class FakeDesk:
    """Takes every delivery and answers what the test says, or raises it."""

    answer: HookAnswer | Exception = field(factory=lambda: HookAnswer(status=202, run=842))
    admission: Admission = field(factory=lambda: Admission(max_body=1000))
    calls: list[HookCall] = field(factory=list)

    def admit(self, name: str, *, source: str) -> Admission:
        """What the test says."""
        assert (name, source) == ("push", "127.0.0.1")
        return self.admission

    async def receive(self, call: HookCall) -> HookAnswer:
        """What the test says."""
        self.calls.append(call)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@define
class FakeDaemon:
    """What the app asks of the daemon."""

    config: FakeConfig = field(factory=FakeConfig)
    hooks: FakeDesk = field(factory=FakeDesk)
    check_open: Callable[[], None] = lambda: None


@asynccontextmanager
async def open_app(daemon: FakeDaemon | None = None) -> AsyncIterator[Address]:
    """The real app on the real server."""
    app = make_app(daemon or FakeDaemon(), limits=Limits())  # type: ignore[arg-type]
    async with open_server(app=app) as address:
        yield address


def split(answer: bytes) -> tuple[dict[str, str], bytes]:
    """The headers and the body of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}, body


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8640", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8640", 200),
        ("ci.example.org", 200),
        ("CI.example.org.:443", 200),
        ("evil.test", 403),
        ("ci.example.org.evil.test", 403),
        ("127.0.0.1.evil.test", 403),
        ("10.0.0.1", 403),
        ("localhost@evil.test", 400),
        ("localhost:80:80", 400),
        ("[::1", 400),
        ("[::1]x", 400),
        ("a" * 64, 400),
        ("", 400),
        ("loc\xe4lhost", 400),
    ],
)
async def test_hosts(host: str, status: int) -> None:
    """Only our own names are answered to, on every path (matrix 57: DNS rebinding)."""
    async with open_app() as address:
        for path in ("/healthz", "/nothing"):
            found, answer = await ask(address, get(path, host=host))
            assert found == (404 if status == 200 and path == "/nothing" else status)
            if status == 403:
                assert f"host not allowed: '{host}' (web.allowed_hosts)" in json.loads(split(answer)[1])["detail"]


async def test_old_monitors() -> None:
    """HTTP/1.0 without a Host, as some load balancers ask, is answered: no browser does so."""
    async with open_app() as address:
        assert (await ask(address, b"GET /healthz HTTP/1.0\r\n\r\n"))[0] == 200


def test_names() -> None:
    """What counts as a name, and as ours."""
    assert host_name("[0:0:0:0:0:0:0:1]:80") == "::1"
    assert host_name("x" * 250 + ".abc") is None
    assert is_allowed("10.1.2.3:80", allowed=(), server="10.1.2.3")
    assert not is_allowed("10.1.2.3", allowed=(), server=None)


async def test_every_answer_is_dressed() -> None:
    """Good and bad answers carry the security headers and an id; an id that is given is used if it is harmless."""
    async with open_app() as address:
        for path, expected in (("/healthz", 200), ("/nothing", 404), ("/hooks/push", 405)):
            status, answer = await ask(address, get(path, "X-Request-ID: abc-1"))
            headers, _ = split(answer)
            assert status == expected
            assert {name.lower(): value for name, value in SECURITY_HEADERS.items()}.items() <= headers.items()
            assert headers["x-request-id"] == "abc-1"
            assert "server" not in headers
        _, answer = await ask(address, get("/healthz", "X-Request-ID: a b\t<script>"))
        assert split(answer)[0]["x-request-id"].isalnum()


async def test_errors_are_problems() -> None:
    """A path that is not there, a method that is not taken: RFC 9457, with what would be."""
    async with open_app() as address:
        _, answer = await ask(address, get("/hooks/push"))
        headers, body = split(answer)
        assert headers["content-type"] == "application/problem+json"
        assert headers["allow"] == "POST"
        problem = json.loads(body)
        assert (problem["status"], problem["title"]) == (405, "Method Not Allowed")
        assert problem["request_id"] == headers["x-request-id"]


async def test_readiness() -> None:
    """`/readyz` is 503 with the reason while no runs are taken; `/healthz` is not."""

    def closed() -> None:
        message = "aegisd was drained by dev1 and takes no more runs"
        raise CallError("Draining", message, hint="aegisctl resume")  # noqa: EM101 - its kind

    async with open_app(FakeDaemon(check_open=closed)) as address:
        status, answer = await ask(address, get("/readyz"))
        headers, body = split(answer)
        assert (status, headers["retry-after"]) == (503, "30")
        assert json.loads(body)["hint"] == "aegisctl resume"
        assert (await ask(address, get("/healthz")))[0] == 200
    async with open_app() as address:
        assert (await ask(address, get("/readyz")))[0] == 200


ANSWERS = [
    (HookAnswer(status=202, run=842), 202, {"run": 842, "url": "http://localhost/runs/842"}),
    (HookAnswer(status=200, ignored="branch docs not in main"), 200, {"ignored": "branch docs not in main"}),
    (
        HookAnswer(status=200, run=7, is_duplicate=True),
        200,
        {"run": 7, "url": "http://localhost/runs/7", "duplicate": True},
    ),
    (HookAnswer(status=401, detail="no", code="AEG245"), 401, {"detail": "no", "code": "AEG245"}),
    (CallError("Draining", "stopping"), 503, {"detail": "stopping", "code": "AEG107"}),
    (CallError("QueueFull", "full"), 503, {"detail": "full"}),
    (CallError("BadParameter", "w needs sha"), 422, {"detail": "w needs sha", "title": "Unprocessable Content"}),
    (RuntimeError("secret"), 500, {"detail": "a defect in aegisd; its log says more"}),
]


@pytest.mark.parametrize(("answer", "status", "told"), ANSWERS, ids=str)
async def test_what_senders_are_told(answer: HookAnswer | Exception, status: int, told: dict[str, object]) -> None:
    """The desk's answer as HTTP: a run, a reason, or a problem."""
    async with open_app(FakeDaemon(hooks=FakeDesk(answer=answer))) as address:
        found, said = await ask(address, get("/hooks/push", method="POST", body=b"{}"))
    headers, body = split(said)
    assert found == status
    assert told.items() <= json.loads(body).items()
    assert ("www-authenticate" in headers) == (status == 401)
    assert ("retry-after" in headers) == (status == 503)
    assert b"secret" not in said


async def test_bodies_within_bounds() -> None:
    """One byte more than `max_body` is refused, claimed or in chunks; what is refused unread never reaches the desk."""
    desk = FakeDesk()
    chunked = "Transfer-Encoding: chunked"
    async with open_app(FakeDaemon(hooks=desk)) as address:
        assert (await ask(address, get("/hooks/push", method="POST", body=b"x" * 1000)))[0] == 202
        assert (await ask(address, get("/hooks/push", method="POST", body=b"x" * 1001)))[0] == 413
        chunks = b"".join(b"64\r\n" + b"x" * 100 + b"\r\n" for _ in range(11)) + b"0\r\n\r\n"
        assert (await ask(address, get("/hooks/push", chunked, method="POST", body=chunks)))[0] == 413
        compressed = get("/hooks/push", "Content-Encoding: gzip", method="POST", body=b"x")
        assert (await ask(address, compressed))[0] == 415
        desk.admission = Admission(refusal=HookAnswer(status=429, detail="too many", retry_after_s=7))
        status, answer = await ask(address, get("/hooks/push", method="POST", body=b"x"))
        assert (status, split(answer)[0]["retry-after"]) == (429, "7")
    assert [len(call.body) for call in desk.calls] == [1000]
    assert desk.calls[0].is_private


async def test_doubled_headers_reach_the_desk() -> None:
    """Two headers of one name are not merged: the desk has to see that there are two."""
    desk = FakeDesk()
    async with open_app(FakeDaemon(hooks=desk)) as address:
        await ask(address, get("/hooks/push", "X-Sig: a", "X-Sig: b", method="POST", body=b"{}"))
    assert [value for name, value in desk.calls[0].headers if name == "x-sig"] == ["a", "b"]
