"""The HTTP API of the real aegisd: every operation answers what it declares; runs, output, artifacts, who did it."""

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from aegis_web.api import OPERATIONS
from aegis_web.interface import TYPES, parse_type
from aegisd.core.parameters import fits
from tests.behaviour.host import Host
from tests.web.real_api import CONFIG, RealApi

_PARTS = {"{workflow}": "ci", "{run}": "1", "{step}": "tests", "{key}": "page.html"}


@pytest.fixture
def api(make_host: Callable[..., Host]) -> RealApi:
    """An aegisd with two runs that have ended."""
    api = RealApi(make_host(CONFIG, bind='["127.0.0.1:0"]'))
    for workflow in ("ci", "quick"):
        assert api.request("POST", f"/api/v1/workflows/{workflow}/run?wait=30", body={})[0] == 200
    return api


def test_every_answer_is_as_declared(api: RealApi) -> None:
    """All that can be read with what there is: the JSON fits the types that the document names."""
    seen = 0
    for operation in OPERATIONS:
        path = operation.path
        for part, value in _PARTS.items():
            path = path.replace(part, value)
        if operation.changes or "{" in path or operation.media != ("application/json",):
            continue
        answer = api.get(path)
        assert fits(answer, parse_type(operation.answer), TYPES), (path, answer)
        seen += 1
    assert seen > 20


def test_a_run_from_beginning_to_end(api: RealApi) -> None:
    """202 at once; its end, its steps and why; cancelled and tried again, always with who asked for it."""
    status, headers, body = api.request("POST", "/api/v1/workflows/ci/run", body={"params": {"ref": "next"}})
    number = json.loads(body)["run"]
    assert (status, headers["location"]) == (202, f"/api/v1/runs/{number}")
    api.host.finish(number)
    detail = api.get(f"/api/v1/runs/{number}")
    assert (detail["run"]["result"], detail["run"]["trigger"]["by"]) == ("failure", "token the-admin")
    assert [step["result"] for step in detail["steps"]] == ["success", "failure", "skip"]
    assert api.get(f"/api/v1/runs/{number}/why")["links"]
    status, _, body = api.request("POST", f"/api/v1/runs/{number}/cancel", body={})
    assert (status, json.loads(body)["code"]) == (409, "AEG110")
    status, _, body = api.request("POST", f"/api/v1/runs/{number}/retry?wait=30", body={"failed": True})
    again = json.loads(body)["detail"]
    assert (status, again["run"]["retry_of"], again["run"]["params"]) == (200, number, {"ref": "next"})
    assert api.request("POST", "/api/v1/workflows/ci/run", body={"params": {"rev": "x"}})[0] == 422
    assert api.request("POST", "/api/v1/workflows/cl/run", body={})[0] == 404
    status, _, body = api.request("POST", "/api/v1/workflows/ci/run?wait=30", body={"skip": ["tests"]})
    assert [step["result"] for step in json.loads(body)["detail"]["steps"]] == ["success", "skip", "success"]
    pages, before = [], ""
    while True:
        page = api.get(f"/api/v1/runs?limit=2{before}")
        pages += [run["id"] for run in page["runs"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert pages == list(range(number + 2, 0, -1))


def test_output(api: RealApi) -> None:
    """All of it, its last lines, any range of its bytes; as text that no browser executes."""
    path = "/api/v1/runs/1/steps/tests/log"
    whole = "".join(f"{number}\n" for number in range(1, 2001)).encode()
    status, headers, body = api.request("GET", path)
    assert (status, body) == (200, whole)
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert "sandbox" in headers["content-security-policy"]
    assert api.request("GET", f"{path}?lines=2")[2] == b"1999\n2000\n"
    assert api.request("GET", f"{path}?attempt=1")[2] == whole
    for asked, expected, said in (
        ("bytes=0-9", whole[:10], f"bytes 0-9/{len(whole)}"),
        ("bytes=5000-5999", whole[5000:6000], f"bytes 5000-5999/{len(whole)}"),
        ("bytes=-5", whole[-5:], f"bytes {len(whole) - 5}-{len(whole) - 1}/{len(whole)}"),
        ("bytes=8000-99999", whole[8000:], f"bytes 8000-{len(whole) - 1}/{len(whole)}"),
    ):
        status, headers, body = api.request("GET", path, Range=asked)
        assert (status, body, headers["content-range"]) == (206, expected, said)
    assert api.request("GET", path, Range="bytes=99999-")[0] == 416
    assert api.request("GET", path, Range="lines=1-2")[2] == whole
    assert api.request("GET", "/api/v1/runs/1/log?step=build")[2] == b"building main\n"
    assert api.request("GET", "/api/v1/runs/1/steps/test/log")[0] == 404


def test_artifacts(api: RealApi) -> None:
    """They come as downloads: a page that a run made never is one of this server."""
    (artifact,) = api.get("/api/v1/runs/1/artifacts")["artifacts"]
    assert artifact["key"] == "page.html"
    status, headers, body = api.request("GET", "/api/v1/runs/1/artifacts/page.html")
    assert (status, body) == (200, b"<script>alert(1)</script>\n")
    assert headers["content-disposition"].startswith('attachment; filename="page.html"')
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert api.request("GET", "/api/v1/runs/1/artifacts/page.html", If_None_Match=headers["etag"])[0] == 304
    assert api.request("GET", "/api/v1/runs/1/artifacts/..%2f..%2fetc%2fpasswd")[0] == 404


def test_scopes(api: RealApi) -> None:
    """Deliveries are for `admin`; who may read may not start; a revoked token is worth nothing at once."""
    reader = RealApi(api.host, scope="read")
    assert reader.request("GET", "/api/v1/runs")[0] == 200
    assert reader.request("GET", "/api/v1/triggers/deliveries")[0] == 403
    assert reader.request("POST", "/api/v1/workflows/quick/run", body={})[0] == 403
    assert reader.request("POST", "/api/v1/workflows/quick/run", body={}, token=False)[0] == 401
    api.host.ctl("token", "revoke", "the-read")
    assert reader.request("GET", "/api/v1/runs")[0] == 401
    names = [line.split("\t")[0] for line in api.host.ctl("token", "list").stdout.splitlines()]
    assert names == ["the-admin"]
    assert api.host.ctl("token", "revoke", "the-read", check=66).stderr
    events = {event["type"]: event["data"] for event in api.host.events(types=["token.created", "token.revoked"])}
    assert events["token.revoked"]["name"] == "the-read"
    assert reader.token not in json.dumps(events)


def test_followers_of_the_end(api: RealApi) -> None:
    """A stream shows what happens up to the end of aegisd, says so, and ends as an answer should."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as client:
        client.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        data = b""
        while b"retry:" not in data:
            data += client.recv(65536)
        api.host.stop()
        while piece := client.recv(65536):
            data += piece
    assert b'"type":"daemon.stopping"' in data
    assert b"event: bye\n" in data
    assert data.endswith(b"0\r\n\r\n")


def test_nobody_comes_in_by_a_bad_configuration(api: RealApi) -> None:
    """A configuration with errors is refused, and the door stays as closed as it was (W1.18)."""
    text = api.host.config_path.read_text()
    bad = '[web]\npublic_read = "perhaps"\ntokens = [{ name = "x" }]\n'
    api.host.config_path.write_text(text.replace("[web]\n", bad))
    api.host.ctl("reload", check=78)
    assert api.request("POST", "/api/v1/workflows/quick/run", body={}, token=False)[0] == 401
    api.host.config_path.write_text(text.replace("[web]\n", "[web]\npublic_read = false\n"))
    api.host.ctl("reload")
    assert api.request("GET", "/api/v1/runs", token=False)[0] == 401
    answers: Any = api.get("/api/v1/runs")
    assert answers["runs"]


def test_approvals(make_host: Callable[..., Host]) -> None:
    """Who may start runs may also decide what waits for a person, and is in the run's history with the reason."""
    gate = '[workflows.gate]\n[[workflows.gate.steps]]\nname = "ask"\ntype = "approval"\nmessage = "go?"\n'
    api = RealApi(make_host(gate, bind='["127.0.0.1:0"]'), scope="run")
    number = api.host.run("gate")
    (asked,) = api.host.wait_until(lambda: api.get("/api/v1/approvals")["approvals"])
    assert (asked["run"], asked["step"], asked["message"]) == (number, "ask", "go?")
    assert api.request("POST", f"/api/v1/runs/{number}/reject", body={}, token=False)[0] == 401
    status, _, body = api.request("POST", f"/api/v1/runs/{number}/approve", body={"reason": "it is time"})
    assert (status, json.loads(body)["approval"]["step"]) == (200, "ask")
    assert api.host.finish(number)["result"] == "success"
    (granted,) = api.host.events(run=number, types=["approval.granted"])
    assert (granted["data"]["by"], granted["data"]["reason"]) == ("token the-run", "it is time")
    assert api.request("POST", f"/api/v1/runs/{number}/approve", body={})[0] == 409
