"""Webhooks of a real aegisd: verified over TLS by receivers that we did not write, over kill -9, and beside runs."""

import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from standardwebhooks import Webhook

from tests.behaviour.host import Host
from tests.behaviour.receiver import Received, Receiver

SECRET = "an entirely made up secret of the tests"
NEXT = "whsec_" + base64.b64encode(b"another secret, the next").decode()
PATH_SECRET = "T0kenInThePathOfTheAddress42"
WORKFLOW = "[[workflows.w.steps]]\nrun = 'true'\n"


@pytest.fixture
def make_receiver() -> Iterator[Callable[..., Receiver]]:
    """Makes receivers that are closed after the test."""
    made: list[Receiver] = []

    def make(*arguments: Any, **options: Any) -> Receiver:
        made.append(Receiver(*arguments, **options))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


def _hook(name: str, port: int, *lines: str, scheme: str = "http") -> str:
    url = f"{scheme}://localhost:{port}/hook/{PATH_SECRET}"
    more = "".join(f"{line}\n" for line in lines)
    return f'[[webhooks]]\nname = "{name}"\nurl = "{url}"\nallow_loopback = true\n{more}\n'


def _is_quiet(host: Host) -> bool:
    return all(webhook["waiting"] == 0 for webhook in host.call("ListWebhooks")["webhooks"])


def _write_secret(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(f"{text}\n")
    path.chmod(0o600)
    return str(path)


def test_receivers_verify(
    make_host: Callable[..., Host], make_receiver: Callable[..., Receiver], tmp_path: Path
) -> None:
    """S14, S20, S21, W1.1, W2.1: over TLS with an authority of our own, PyPI's standardwebhooks and a plain hmac verify
    each delivery with either secret; the run's webhooks outlive the client; no secret is anywhere."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    receiver = make_receiver(tls=context)
    receiver.start()
    files = [_write_secret(tmp_path, "one", SECRET), _write_secret(tmp_path, "two", NEXT)]
    lines = (f"secret_file = {json.dumps(files)}", f'ca_file = "{tmp_path}/ca.pem"', 'events = ["*"]')
    host = make_host(_hook("ci", receiver.port, *lines, scheme="https") + WORKFLOW)
    assert host.ctl("run", "w", "--detach", "--print-id").stdout.strip() == "1"
    host.finish(1)
    host.wait_until(lambda: len(receiver.requests) >= len(host.events()))
    host.wait_until(lambda: _is_quiet(host))
    for received in receiver.requests:
        _verify(received)
    bodies = [json.loads(received.body) for received in receiver.requests]
    assert [body["seq"] for body in bodies] == [event["seq"] for event in host.events()]
    ended = bodies[-1]
    assert (ended["event_type"], ended["workflow_name"], ended["data"]["success"]) == ("workflow.completed", "w", True)
    assert host.ctl("webhooks", "test", "ci").stdout.startswith(f"POST https://localhost:{receiver.port}/hook/•••")
    _verify(receiver.requests[-1])
    host.ctl("deliveries", "show", "d-1")
    assert host.stop() == 0
    _find_no_secret(host)


def _verify(received: Received) -> None:
    for number, secret in enumerate((SECRET, NEXT)):
        encoded = secret if secret.startswith("whsec_") else base64.b64encode(secret.encode()).decode()
        assert Webhook(encoded).verify(received.body, received.headers) == json.loads(received.body)
        key = base64.b64decode(secret[6:]) if number else secret.encode()
        header = "x-aegis-signature-next" if number else "x-aegis-signature"
        assert hmac.compare_digest(hmac.new(key, received.body, hashlib.sha256).hexdigest(), received.headers[header])
    assert received.headers["user-agent"].startswith("aegis/")


def _find_no_secret(host: Host) -> None:
    files = [path for path in (host.log, *host.state_dir.rglob("*")) if path.is_file()]
    assert len(files) > 2
    for path in files:
        data = path.read_bytes()
        assert all(secret.encode() not in data for secret in (SECRET, NEXT, NEXT[6:], PATH_SECRET)), path


def test_nothing_is_lost_over_kills(make_host: Callable[..., Host], make_receiver: Callable[..., Receiver]) -> None:
    """W2.8, row 71: the receiver is down during 100 runs while aegisd is killed four times, and comes back while
    aegisd is killed once more: every event arrives, in order, what comes twice has the same id, nothing is dead."""
    receiver = make_receiver()
    schedule = ", ".join(["'0s'", *["'100ms'"] * 600])
    host = make_host(_hook("ci", receiver.port, 'events = ["*"]', f"schedule = [{schedule}]") + WORKFLOW, start=False)
    for life in range(4):
        host.start()
        for _ in range(25):
            host.run("w")
        host.finish(25 * life + 12)
        host.kill()
    receiver.start()
    host.start()
    host.wait_until(lambda: len(receiver.requests) > 100)
    host.kill()
    host.start()
    for run in range(1, 101):
        host.finish(run)
    host.wait_until(lambda: _is_quiet(host))
    expected = [event for event in host.events(last=100_000) if not event["type"].startswith("webhook.")]
    assert len([event for event in expected if event["type"] == "workflow.completed"]) == 100
    first_seen: dict[int, str] = {}
    for received in receiver.requests:
        body = json.loads(received.body)
        assert first_seen.setdefault(body["seq"], received.headers["webhook-id"]) == received.headers["webhook-id"]
        assert body["event_type"] == received.headers["x-aegis-event"]
    assert list(first_seen) == [event["seq"] for event in expected]
    assert len(set(first_seen.values())) == len(first_seen)
    assert len(receiver.requests) - len(first_seen) <= 1
    assert host.call("ListOutgoing", states=["dead"])["deliveries"] == []


def test_bad_receivers_and_a_good_one(make_host: Callable[..., Host], make_receiver: Callable[..., Receiver]) -> None:
    """S2, S22, S23, S26: receivers that hang, fail, throttle and are gone beside one that is well: runs and the good
    one go on, each trouble is shown, and aegisd stops in time."""
    statuses = {"fails": 500, "gone": 410, "throttles": 429, "moved": 302}
    receivers = {name: make_receiver(lambda _, status=status: status) for name, status in statuses.items()}
    receivers["well"] = make_receiver()
    receivers["hangs"] = make_receiver(lambda _: time.sleep(20) or 200)
    for receiver in receivers.values():
        receiver.start()
    hooks = "".join(_hook(name, receiver.port, 'events = ["*"]') for name, receiver in receivers.items())
    host = make_host(hooks + WORKFLOW)
    run = host.run("w")
    assert host.finish(run)["result"] == "success"
    host.wait_until(lambda: len(receivers["well"].requests) >= 6)
    seen = lambda: {webhook["name"]: webhook for webhook in host.call("ListWebhooks")["webhooks"]}  # noqa: E731
    host.wait_until(lambda: seen()["gone"]["state"] == "disabled")
    host.wait_until(lambda: all(seen()[name]["state"] == "retrying" for name in ("fails", "throttles", "moved")))
    assert (seen()["fails"]["error"], seen()["moved"]["error"], seen()["hangs"]["error"]) == ("500", "302", None)
    shown = host.ctl("status", "--exit-status", check=1).stdout
    assert "gone disabled since" in shown
    assert "webhook.disabled" in [event["type"] for event in host.events()]
    logged = host.log.read_text()
    assert f"webhook fails: daemon.started (d-1) to http://localhost:{receivers['fails'].port}/hook/•••" in logged
    begun = time.monotonic()
    assert host.stop() == 0
    assert time.monotonic() - begun < 15
    _find_no_secret(host)


def test_reload_and_replay(make_host: Callable[..., Host], make_receiver: Callable[..., Receiver]) -> None:
    """A webhook that comes with a reload gets what happens from then on, and with `redeliver --from` what was before,
    under the same ids as others got it; asked without a terminal, it wants `-y`."""
    first, second = make_receiver(), make_receiver()
    for receiver in (first, second):
        receiver.start()
    host = make_host(_hook("first", first.port) + WORKFLOW)
    host.finish(host.run("w"))
    host.wait_until(lambda: len(first.requests) == 1)
    host.write_config(_hook("first", first.port) + _hook("second", second.port) + WORKFLOW)
    assert host.ctl("reload").stdout.strip() == "reloaded: webhooks: 1 added (second)"
    assert "add -y" in host.ctl("redeliver", "--from", "1", "--webhook", "second", check=2).stderr
    answer = host.ctl("redeliver", "--from", "1", "--webhook", "second", "-y").stdout
    assert answer == "sending 1 delivery once more\n"
    host.wait_until(lambda: len(second.requests) == 1)
    assert second.requests[0].headers["webhook-id"] == first.requests[0].headers["webhook-id"]
    assert second.requests[0].body == first.requests[0].body
    rows = [line.split("\t") for line in host.ctl("deliveries").stdout.splitlines()]
    assert [(row[0], row[1], row[2], row[6]) for row in rows] == [
        ("d-2", "second", "delivered", "200"),
        ("d-1", "first", "delivered", "200"),
    ]
