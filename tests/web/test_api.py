"""The checks that stand before every operation of the API, and how its answers travel."""

import gzip
import json

import pytest

from aegis_web.answers import encode
from aegisd.config.web_keys import WebConfig
from aegisd.core.model import Part
from tests.web.api_kit import ApiDaemon, open_api
from tests.web.kit import ask, get
from tests.web.test_app import split

JSON = "Content-Type: application/json"
RUN = "/api/v1/workflows/quality/run"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/runs?limit=1", 200),
        ("/api/v1/runs?limit=1000", 200),
        ("/api/v1/runs?limit=0", 400),
        ("/api/v1/runs?limit=-1", 400),
        ("/api/v1/runs?limit=1001", 400),
        ("/api/v1/runs?limit=1e2", 400),
        ("/api/v1/runs?limit=NaN", 400),
        ("/api/v1/runs?limit=%EF%BC%91", 400),
        ("/api/v1/runs?limit=" + "9" * 400, 400),
        ("/api/v1/runs?limit=1&limit=2", 400),
        ("/api/v1/runs?result=failure&result=error&state=finished", 200),
        ("/api/v1/runs?result=bad", 400),
        ("/api/v1/runs?since=yesterday", 422),
        ("/api/v1/runs?by=a%00b", 400),
        ("/api/v1/runs?" + "&".join(["trigger=x"] * 51), 400),
        ("/api/v1/runs?colour=red", 400),
        ("/api/v1/runs/1", 404),
        ("/api/v1/runs/-1", 404),
        ("/api/v1/runs/" + "9" * 30, 404),
        ("/api/v1/runs/latest", 404),
        ("/api/v1/workflows/%00", 404),
        ("/api/v1/nothing", 404),
        ("/api/events?limit=-1", 400),
        ("/api/history?limit=-1", 400),
        ("/api/history?limit=100000", 400),
    ],
)
async def test_parameters(path: str, status: int) -> None:
    """Numbers have bounds, names are known, nothing is there twice; every refusal is a problem (W2.20, W1.23)."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address:
        found, answer = await ask(address, get(path))
        headers, body = split(answer)
        assert found == status, answer
        if status >= 400:
            assert headers["content-type"] == "application/problem+json"
            assert json.loads(body)["status"] == status


async def test_a_plan_of_a_part() -> None:
    """`only`, `from` and `skip` may each be there several times."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address:
        path = "/api/v1/workflows/quality/plan?only=a&only=b&from=c&skip=d&param=ref=main"
        found, answer = await ask(address, get(path))
        assert (found, json.loads(split(answer)[1])["params"]) == (200, {"ref": "main"})
    assert daemon.planned == [Part(only=("a", "b"), start=("c",), skip=("d",))]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (JSON, b"", 202),
        (JSON, b"{}", 202),
        (JSON, b'{"params": null}', 202),
        (JSON, b'{"params": {"ref": "main"}, "reason": "to see"}', 202),
        ("Content-Type: application/json; charset=utf-8", b"{}", 202),
        ("X-None: 1", b"", 202),
        ("X-None: 1", b"{}", 415),
        ("Content-Type: text/plain", b"{}", 415),
        ("Content-Type: application/x-www-form-urlencoded", b"params=x", 415),
        ("Content-Type: multipart/form-data; boundary=x", b"--x--", 415),
        (JSON, b"{", 400),
        (JSON, b"\xff", 400),
        (JSON, b"[" * 100_000, 400),
        (JSON, b"[]", 422),
        (JSON, b'{"params": {"ref": 1}}', 422),
        (JSON, b'{"params": {"ref": "a\\u0000b"}}', 422),
        (JSON, b'{"dir": "/etc"}', 422),
        (JSON, b'{"reason": "' + b"x" * 300_000 + b'"}', 413),
    ],
)
async def test_bodies(kind: str, body: bytes, status: int) -> None:
    """A body is one JSON object of known fields and says so; a form of another site can send none (matrix 58)."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address:
        token = f"Authorization: Bearer {daemon.secret}"
        found, answer = await ask(address, get(RUN, kind, token, method="POST", body=body))
        assert found == status, answer
        assert bool(daemon.calls) == (status == 202)


async def test_who_did_it() -> None:
    """A run that was started over HTTP says which token asked for it, and where to look."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address:
        token = f"Authorization: Bearer {daemon.secret}"
        body = b'{"params": {"ref": "main"}, "reason": "to see"}'
        status, answer = await ask(address, get(RUN, JSON, token, method="POST", body=body))
        headers, told = split(answer)
        assert (status, headers["location"]) == (202, "/api/v1/runs/1")
        assert json.loads(told) == {"run": 1, "url": "http://localhost/runs/1", "detail": None}
        (_, workflow, params, trigger, reason, *others) = daemon.calls[0]
        assert (workflow, params, reason, others) == ("quality", {"ref": "main"}, "to see", [None, None, None])
        assert (trigger.kind, trigger.by) == ("manual", "token ci")
        await ask(address, get("/api/v1/runs/1/cancel", JSON, token, method="POST", body=b'{"reason": "enough"}'))
        await ask(address, get("/api/v1/runs/1/retry", JSON, token, method="POST", body=b'{"failed": true}'))
        assert daemon.calls[1] == ("cancel", 1, "token ci", "enough", False)
        assert daemon.calls[2][:3] == ("retry", 1, True)


@pytest.mark.parametrize(
    ("path", "header", "is_allowed"),
    [
        (RUN, "Authorization: Bearer {}", True),
        (RUN, "X-API-Key: {}", False),
        ("/api/workflows/quality/run?wait=0", "X-API-Key: {}", True),
        ("/api/workflows/quality/run?wait=0", "Authorization: Bearer {}", True),
        ("/api/workflows/quality/run?wait=0", "X-API-Key: ${{AEGIS_API_KEY}}", False),
        ("/api/workflows/quality/run?wait=0", "X-None: 1", False),
    ],
)
async def test_keys(path: str, header: str, is_allowed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """`X-API-Key` on the paths of aegis_qa only; without a known token nothing starts, whatever is configured
    (W1.18, W1.19, W1.20)."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address:
        found, _ = await ask(address, get(path, header.format(daemon.secret), method="POST"))
        assert (found < 300, bool(daemon.calls)) == (is_allowed, is_allowed)
        assert is_allowed or found == 401


async def test_reading_needs_a_token_where_it_is_said() -> None:
    """With `public_read = false` everything but the document of the API does."""
    daemon = ApiDaemon(web=WebConfig(public_read=False))
    async with open_api(daemon) as address:
        for path in ("/api/v1/runs", "/api/v1/stream", "/api/v1/status", "/api/events", "/api/workflows"):
            assert (await ask(address, get(path)))[0] == 401
        assert (await ask(address, get("/api/v1/runs", f"Authorization: Bearer {daemon.secret}")))[0] == 200
        assert (await ask(address, get("/api/events", f"X-API-Key: {daemon.secret}")))[0] == 200
        assert (await ask(address, get("/api/v1/openapi.json")))[0] == 200


async def test_what_is_known_is_not_sent_again() -> None:
    """An ETag by content: 304 without a body while nothing changed."""
    daemon = ApiDaemon()
    async with open_api(daemon) as address:
        _, answer = await ask(address, get("/api/v1/workflows"))
        headers, body = split(answer)
        assert headers["cache-control"] == "private, no-cache"
        status, again = await ask(address, get("/api/v1/workflows", f"If-None-Match: {headers['etag']}"))
        assert (status, split(again)[1], split(again)[0]["etag"]) == (304, b"", headers["etag"])
        assert (await ask(address, get("/api/v1/workflows", 'If-None-Match: W/"0"')))[0] == 200
        status, head = await ask(address, get("/api/v1/workflows", method="HEAD"))
        assert (status, split(head)[1], split(head)[0]["content-length"]) == (200, b"", str(len(body)))


async def test_what_is_shared_is_for_those_who_may() -> None:
    """An answer that was worked out for one who may read is not given to one who may not."""
    daemon = ApiDaemon(web=WebConfig(public_read=False))
    async with open_api(daemon) as address:
        for _ in range(2):
            assert (await ask(address, get("/api/v1/runs", f"Authorization: Bearer {daemon.secret}")))[0] == 200
            assert (await ask(address, get("/api/v1/runs")))[0] == 401


async def test_gzip() -> None:
    """What is worth it is compressed for who can read it."""
    async with open_api(ApiDaemon()) as address:
        _, plain = await ask(address, get("/api/v1/openapi.json"))
        _, small = await ask(address, get("/api/v1/openapi.json", "Accept-Encoding: br, gzip"))
        assert split(small)[0]["content-encoding"] == "gzip"
        assert gzip.decompress(split(small)[1]) == split(plain)[1]
        assert len(small) < len(plain) / 4
        _, refused = await ask(address, get("/api/v1/openapi.json", "Accept-Encoding: gzip;q=0"))
        assert "content-encoding" not in split(refused)[0]


async def test_methods() -> None:
    """Only the methods that a path takes; there is no CORS to ask for."""
    async with open_api(ApiDaemon()) as address:
        status, answer = await ask(address, get(RUN))
        assert (status, split(answer)[0]["allow"]) == (405, "POST")
        status, answer = await ask(address, get(RUN, "Origin: http://evil.test", method="OPTIONS"))
        assert status == 405
        assert b"access-control" not in answer.lower()


def test_names_that_are_no_text() -> None:
    """A file name that is not UTF-8 does not break an answer."""
    assert json.loads(encode({"name": "\udcff"})) == {"name": "\udcff"}
