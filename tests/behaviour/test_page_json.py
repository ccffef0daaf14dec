"""URLs of the page for programs: who asks for JSON gets the data of the view instead of the view."""

import base64
import http.client
import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

from tests.behaviour.host import Host
from tests.behaviour.ports import free_port

SECRET = "a secret of twenty-four b"
CONFIG = f"""
[workflows.ci]
params = {{ what = "nothing" }}
[[workflows.ci.steps]]
name = "a"
run = "true"
[[workflows.ci.steps]]
name = "b"
run = "exit 1"

[triggers.push]
type = "webhook"
provider = "gitlab"
workflow = "ci"
secret = "{SECRET}"

[[webhooks]]
name = "closed"
url = "http://127.0.0.1:1029/x"
allow_loopback = true
"""


def ask(port: int, path: str, accept: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (small) and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers={"Accept": accept, **named})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def push(port: int, body: bytes) -> None:
    """Deliver a webhook."""
    told = {"X-Gitlab-Token": SECRET, "X-Gitlab-Event": "Push Hook", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with closing(connection):
        connection.request("POST", "/hooks/push", body=body, headers=told)
        answer = connection.getresponse()
        assert answer.status < 300, answer.read()
        answer.read()


def test_the_url_of_a_view_is_that_of_its_data(make_host: Callable[..., Host]) -> None:
    """`/runs/1` and all the others are what the API says of them for who asks for JSON, and a page for all others;
    caches know the difference, and what has not changed is not sent again."""
    port = free_port()
    host = make_host(CONFIG, bind=f'["127.0.0.1:{port}"]')
    for what in ("one", "two"):
        host.finish(host.run("ci", what=what))
    host.wait_until(lambda: "HTTP on" in host.log.read_text())

    def read(path: str) -> Any:
        status, headers, body = ask(port, path, "application/json")
        assert status == 200, body
        assert headers["content-type"] == "application/json"
        assert "Accept" in headers["vary"].split(", ")
        return json.loads(body)

    assert read("/runs/1") == host.show(1)
    tag = ask(port, "/runs/1", "application/json")[1]["etag"]
    assert ask(port, "/runs/1", "application/json", If_None_Match=tag)[0] == 304
    assert [run["id"] for run in read("/runs?result=failure")["runs"]] == [2, 1]
    then = read("/runs/1?event=1")
    assert (then["run"]["state"], [step["state"] for step in then["steps"]]) == ("pending", ["pending", "pending"])
    assert read("/compare?a=1&b=ci")["differences"][0] == {
        "what": "params",
        "name": "what",
        "left": "one",
        "right": "two",
    }
    assert read("/workflows/ci")["plan"]["steps"][1]["name"] == "b"
    step = read("/runs/1/steps/b")
    assert (step["run"]["id"], step["step"]["name"], step["step"]["result"]) == (1, "b", "failure")
    assert any("exit 1" in link["text"] for link in step["links"])
    first = read("/events?run=1&limit=2")["events"]
    assert first[0]["type"] == "workflow.completed"
    assert (len(first), {event["run"] for event in first}) == (2, {1})
    (queued,) = read("/events?run=1&type=workflow.queued")["events"]
    assert read(f"/events?seq={queued['seq']}")["event"]["data"]["params"] == {"what": "one"}
    assert ask(port, "/events?seq=99999", "application/json")[0] == 404
    push(port, b'{"ref": "main"}')
    (listed,) = read("/triggers")["deliveries"]
    received = read(f"/triggers/deliveries/{listed['id']}")
    assert received["delivery"] == listed
    assert base64.b64decode(received["body"]) == b'{"ref": "main"}'
    for rule in ("/", "/about", "/webhooks", "/webhooks/closed", "/services", "/triggers", "/runs/1/graph"):
        assert isinstance(read(rule), dict)
    for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "text/html, application/json;q=0.9"):
        assert ask(port, "/runs/1", accept)[1]["content-type"].startswith("text/html")
    status, headers, body = ask(port, "/runs/99", "application/json")
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert json.loads(body)["detail"] == "there is no run #99"
    assert ask(port, "/runs/1/steps/nope", "application/json")[0] == 404
    assert ask(port, "/compare", "application/json")[0] == 422
