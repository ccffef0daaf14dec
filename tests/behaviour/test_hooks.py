"""Webhooks on the real aegisd: recorded pushes start runs, hostile ones start nothing, and HTTP takes no run down."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.host import Host
from tests.executors.sandboxes import needs_sandbox
from tests.triggers import hooks

CONFIG = """
[workflows.ci]
params = {{ sha = {{}}, branch = {{}}, repo = {{}} }}

[[workflows.ci.steps]]
name = "show"
run = 'echo "$AEGIS_PARAM_REPO $AEGIS_PARAM_BRANCH $AEGIS_SHA $AEGIS_REF"; cat "$AEGIS_TRIGGER_FILE"'

[triggers.github]
type = "webhook"
provider = "github"
secret_file = "{secret}"
workflow = "ci"
rate = 1000
params = {{ sha = "after", branch = "ref", repo = "/repository/full_name" }}

[triggers.gitlab]
type = "webhook"
provider = "gitlab"
secret_file = "{secret}"
workflow = "ci"
params = {{ sha = "after", branch = "ref", repo = "/project/path_with_namespace" }}

[triggers.gitea]
type = "webhook"
provider = "gitea"
secret_file = "{secret}"
workflow = "ci"
params = {{ sha = "after", branch = "ref", repo = "/repository/full_name" }}
"""
BOXED = """
[workflows.boxed]
sandbox = "bwrap"

[[workflows.boxed.steps]]
name = "show"
run = 'cat "$AEGIS_TRIGGER_FILE"; ! cat "{secret}"; ls "$(dirname "$AEGIS_TRIGGER_FILE")"'

[triggers.boxed]
type = "webhook"
provider = "github"
secret_file = "{secret}"
workflow = "boxed"
"""
REPOS = {"github": "example/widget", "gitlab": "tools/widget", "gitea": "gardener/shed"}
Pairs = list[tuple[str, str]]


class Sender(http.client.HTTPConnection):
    """HTTP over the Unix socket of a host."""

    def __init__(self, host: Host) -> None:
        super().__init__("localhost", timeout=30)
        self._path = str(host.web)

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self._path)


def send(host: Host, name: str, headers: Pairs, body: Any, **options: Any) -> tuple[int, dict[str, Any]]:
    """Deliver to `/hooks/NAME`; the status and the JSON of the answer."""
    sender = Sender(host)
    try:
        sender.request("POST", f"/hooks/{name}", body=body, headers=dict(headers), **options)
        answer = sender.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        sender.close()


@pytest.fixture
def host(make_host: Callable[..., Host], tmp_path: Path) -> Host:
    """A host whose triggers know the secret of the test, with HTTP on a Unix socket."""
    secret = tmp_path / "secret"
    secret.touch(0o600)
    secret.write_text(f"{hooks.SECRET}\n")
    made = make_host(CONFIG.format(secret=secret), is_web=True)
    made.wait_until(lambda: _reaches(made))
    return made


@pytest.mark.parametrize("name", ["github", "gitlab", "gitea"])
def test_recorded_pushes_start_runs(host: Host, name: str) -> None:
    """A real push of each sender starts the workflow with the right parameters; sent again it names the same run."""
    body = hooks.payload(name)
    status, answer = send(host, name, getattr(hooks, name)(body), body)
    assert (status, answer) == (202, {"run": 1, "url": "http://localhost/runs/1"})
    assert host.finish(1)["result"] == "success"
    said = json.loads(body)
    first, _, rest = host.output(1, "show").partition(b"\n")
    assert first.decode() == f"{REPOS[name]} {said['ref']} {said['after']} {said['ref']}"
    assert rest == body
    status, answer = send(host, name, getattr(hooks, name)(body), body)
    assert (status, answer) == (200, {"run": 1, "url": "http://localhost/runs/1", "duplicate": True})
    listed = host.ctl("triggers", "deliveries", name, "--json").stdout
    assert [each["run"] for each in json.loads(listed)] == [1]
    assert host.show(1)["run"]["trigger"]["name"] == name


@needs_sandbox
def test_a_sandbox_shows_the_payload_and_no_secret(make_host: Callable[..., Host], tmp_path: Path) -> None:
    """A sandboxed step reads what was delivered for it; it sees neither the secret nor anything else of its run."""
    secret = tmp_path / "secret"
    secret.touch(0o600)
    secret.write_text(hooks.SECRET)
    host = make_host(BOXED.format(secret=secret), is_web=True)
    host.wait_until(lambda: _reaches(host))
    body = hooks.payload("github")
    assert send(host, "boxed", hooks.github(body), body)[0] == 202
    assert host.finish(1)["result"] == "success"
    output = host.output(1, "show")
    assert output.startswith(body)
    assert hooks.SECRET.encode() not in output
    assert output.split()[-2:] == [b"trigger.json", b"workspace"]


def _chunks(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * 2**20


def test_hostile_deliveries_start_nothing(host: Host) -> None:
    """A wrong signature, a recorded body under another id, 100 MB claimed and sent in chunks, a wrong content type and
    deep JSON each have a clear answer, and no run comes of them."""
    body = hooks.payload("github")
    headers = hooks.github(body)
    deep = b"[" * 1000 + b"]" * 1000
    found = {
        "wrong signature": send(host, "github", hooks.github(body, secret=hooks.OTHER), body),
        "unknown name": send(host, "nobody", headers, body),
        "claimed": send(host, "github", [*headers, ("content-length", "104857600")], b""),
        "chunked": send(host, "github", headers, _chunks(100), encode_chunked=True),
        "compressed": send(host, "github", [*headers, ("content-encoding", "gzip")], body),
        "content type": send(host, "github", hooks.replaced(headers, content_type="text/html"), body),
        "deep": send(host, "github", hooks.github(deep), deep),
    }
    statuses = {name: status for name, (status, _) in found.items()}
    assert statuses == {
        "wrong signature": 401,
        "unknown name": 401,
        "claimed": 413,
        "chunked": 413,
        "compressed": 415,
        "content type": 415,
        "deep": 400,
    }
    for status, problem in found.values():
        assert problem["status"] == status
        assert problem["detail"]
    assert "nested deeper than 64" in found["deep"][1]["detail"]
    alike = [{**found[name][1], "request_id": None} for name in ("wrong signature", "unknown name")]
    assert alike[0] == alike[1]
    assert host.call("ListRuns")["runs"] == []
    status, answer = send(host, "github", headers, body)
    assert (status, answer["run"]) == (202, 1)
    replayed = hooks.replaced(headers, x_github_delivery="another id")
    assert send(host, "github", replayed, body)[1]["duplicate"]
    reasons = [each["reason"] for each in host.call("ListDeliveries")["refusals"]]
    assert "the signature is that of another body or another secret" in reasons


def test_replay_by_hand(host: Host) -> None:
    """`triggers replay` starts a run from what is kept and follows it; the run says who asked."""
    body = hooks.payload("github")
    send(host, "github", hooks.github(body), body)
    host.finish(1)
    shown = host.ctl("triggers", "delivery", "1").stdout
    assert "x-github-event: push" in shown
    assert '"ref":"refs/heads/main"' in shown
    host.ctl("triggers", "replay", "1")
    run = host.show(2)["run"]
    assert (run["trigger"]["kind"], run["note"]) == ("webhook", "delivery 1 replayed: push to main by octavia")
    assert run["trigger"]["by"]
    assert "no delivery 7" in host.ctl("triggers", "replay", "7", check=66).stderr


def test_a_delivery_survives_a_crash(host: Host) -> None:
    """After a kill -9 right behind the answer the run is there, with its payload, and the delivery is known (W1.3)."""
    body = hooks.payload("gitea")
    assert send(host, "gitea", hooks.gitea(body), body)[0] == 202
    host.kill()
    host.start()
    host.wait_until(lambda: _reaches(host))
    assert host.finish(1)["result"] == "success"
    assert body in host.output(1, "show")
    assert send(host, "gitea", hooks.gitea(body), body)[1]["duplicate"]


def test_a_taken_port_stops_nothing(make_host: Callable[..., Host]) -> None:
    """Runs go on when the address is taken; the log says what is wrong, and HTTP comes up once it is free."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        host = make_host("[workflows.w]\n[[workflows.w.steps]]\nrun = 'true'\n", bind=f'["127.0.0.1:{port}"]')
        assert host.finish(host.run("w"))["result"] == "success"
        host.wait_until(
            lambda: f"cannot listen on 127.0.0.1:{port}: another program listens there" in host.log.read_text()
        )
    host.wait_until(lambda: f"HTTP on http://127.0.0.1:{port}" in host.log.read_text())
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for headers, status in (({}, 200), ({"Host": "evil.test"}, 403), ({"Host": f"localhost:{port}"}, 200)):
        connection.request("GET", "/readyz", headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    host.call("Drain")
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (503, "AEG107")
    began = time.monotonic()
    assert host.stop() == 0
    assert time.monotonic() - began < 25
    connection.close()


def _reaches(host: Host) -> bool:
    sender = Sender(host)
    try:
        sender.request("GET", "/healthz")
        return sender.getresponse().status == 200
    except OSError:
        return False
    finally:
        sender.close()
