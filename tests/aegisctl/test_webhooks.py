"""`webhooks`, `deliveries` and `redeliver`: what is asked of the daemon, what is said, and how each ends."""

import json
from typing import Any

import pytest

from aegisctl.event_text import describe_event
from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import Conversation, FakeDaemon

HOOKS = [
    samples.webhook("ci"),
    samples.webhook("old", state="failing", since=samples.stamp(-60), waiting=2, error="502"),
]
PING: dict[str, Any] = {
    "url": "https://ci.example.org/•••",
    "type": "ping",
    "size": 145,
    "success": True,
    "status": 200,
    "error": None,
    "text": "ok\x1b[2J",
    "duration_s": 0.142,
}


def test_the_list(cli: Cli, daemon: FakeDaemon) -> None:
    """Tab-separated in a pipe, a list of documents in JSON; an empty one is said on stderr."""
    daemon.answers["ListWebhooks"] = {"webhooks": HOOKS}
    lines = cli("webhooks").stdout.splitlines()
    assert lines[0] == "ci\tfine\t\t0\taegis\thttps://ci.example.org/hooks/•••"
    assert lines[1].split("\t")[:4] == ["old", "failing", samples.stamp(-60), "2"]
    assert [each["name"] for each in json.loads(cli("webhooks", "list", "--json").stdout)] == ["ci", "old"]
    daemon.answers["ListWebhooks"] = {"webhooks": []}
    answer = cli("webhooks")
    assert (answer.returncode, answer.stdout) == (0, "")
    assert "aegisctl explain webhooks" in answer.stderr


def test_a_try(cli: Cli, daemon: FakeDaemon) -> None:
    """What was sent and what came back; a failure is exit 1; control characters of the answer are shown, not obeyed."""
    daemon.answers["TestWebhook"] = PING
    answer = cli("webhooks", "test", "ci")
    assert answer.returncode == 0
    assert answer.stdout == 'POST https://ci.example.org/•••  type=ping  145 bytes\n✓ 200 in 142 ms   "ok\\x1b[2J"\n'
    failed = {**PING, "success": False, "status": None, "error": "timeout", "text": "no answer within 10 s"}
    daemon.answers["TestWebhook"] = failed
    answer = cli("webhooks", "test", "ci")
    assert (answer.returncode, answer.stdout.splitlines()[1]) == (1, '✗ timeout in 142 ms   "no answer within 10 s"')
    document = json.loads(cli("webhooks", "test", "ci", "--json").stdout)
    assert (document["name"], document["error"]) == ("ci", "timeout")


def test_on_and_off(cli: Cli, daemon: FakeDaemon) -> None:
    """Enable and disable name the webhook, disable says why."""
    daemon.answers |= {"EnableWebhook": {}, "DisableWebhook": {}}
    assert cli("webhooks", "enable", "ci").stdout == "ci is enabled\n"
    assert cli("webhooks", "disable", "ci", "--reason", "moved").stdout == "ci is disabled\n"
    assert daemon.asked("EnableWebhook") == [{"webhook": "ci"}]
    assert daemon.asked("DisableWebhook") == [{"webhook": "ci", "reason": "moved"}]


@pytest.mark.parametrize(
    "words",
    [
        ("webhooks", "test"),
        ("webhooks", "list", "ci"),
        ("webhooks", "delete", "ci"),
        ("deliveries", "show"),
        ("deliveries", "show", "x-1"),
        ("redeliver",),
        ("redeliver", "d-1", "--failed"),
        ("redeliver", "d-1", "--webhook", "ci"),
        ("redeliver", "--since", "2h"),
        ("redeliver", "--failed", "--from", "3"),
        ("redeliver", "d-x"),
    ],
)
def test_wrong_usage(cli: Cli, daemon: FakeDaemon, words: tuple[str, ...]) -> None:
    """What makes no sense is exit 2, and nothing is asked of the daemon."""
    assert cli(*words).returncode == 2
    assert daemon.calls == []


def test_deliveries(cli: Cli, daemon: FakeDaemon) -> None:
    """Filters go to the daemon; rows are tab-separated in a pipe."""
    daemon.answers["ListOutgoing"] = {"deliveries": [samples.delivery(2291)]}
    row = cli("deliveries", "--failed", "--webhook", "github", "--run", "842", "-L", "5").stdout
    fields = ("d-2291", "github", "pending", "workflow.completed", "842", "2", "502", samples.stamp(-100))
    assert row == "\t".join((*fields, samples.stamp(292))) + "\n"
    assert daemon.asked("ListOutgoing") == [{"webhook": "github", "failed": True, "run": 842, "limit": 5}]
    daemon.answers["ListOutgoing"] = {"deliveries": []}
    assert cli("deliveries").stderr == "no such deliveries\n"


def test_what_to_do_about_it(on_terminal: Terminal, daemon: FakeDaemon) -> None:
    """On a terminal the list of failed deliveries says how to send them again."""
    daemon.answers["ListOutgoing"] = {"deliveries": [samples.delivery(2291)]}
    with on_terminal("deliveries", "--failed") as session:
        assert session.end() == 0
    assert "again now: aegisctl redeliver d-2291      all: aegisctl redeliver --failed" in session.text


def test_one_delivery(cli: Cli, daemon: FakeDaemon) -> None:
    """`d-2291` and `2291` are one; headers, body and attempts are shown."""
    delivery = samples.delivery(2291)
    answer = {"delivery": delivery, "tries": [delivery["last"]], "headers": ["webhook-id: msg_1"], "body": "{}"}
    daemon.answers["GetOutgoing"] = answer
    for word in ("d-2291", "2291"):
        shown = cli("deliveries", "show", word).stdout
        assert "webhook-id: msg_1" in shown
        assert r"Bad\x1b[2JGateway" in shown
    assert daemon.asked("GetOutgoing") == [{"id": 2291}] * 2
    assert json.loads(cli("deliveries", "show", "2291", "--json=body").stdout) == {"body": "{}"}


def test_following(cli: Cli, daemon: FakeDaemon) -> None:
    """`-f` prints each attempt as it comes, as lines or NDJSON."""

    def stream(talk: Conversation) -> None:
        talk.stream({"delivery": samples.delivery(1)}, {"delivery": samples.delivery(2)}, {})

    daemon.answers["FollowOutgoing"] = stream
    assert [line.split("\t")[0] for line in cli("deliveries", "-f", "--failed").stdout.splitlines()] == ["d-1", "d-2"]
    assert [json.loads(line)["id"] for line in cli("deliveries", "-f", "--json").stdout.splitlines()] == [1, 2]
    assert daemon.asked("FollowOutgoing")[0] == {"failed": True}


def test_redeliver(cli: Cli, daemon: FakeDaemon) -> None:
    """Named deliveries at once; many only after a yes or `-y`, and after the daemon has counted them."""
    daemon.answers["Redeliver"] = {"count": 2}
    assert cli("redeliver", "d-1", "2").stdout == "sending 2 deliveries once more\n"
    assert daemon.asked("Redeliver") == [{"ids": [1, 2]}]
    answer = cli("redeliver", "--failed")
    assert answer.returncode == 2
    assert "add -y to mean it" in answer.stderr
    assert daemon.asked("Redeliver")[1:] == [{"failed": True, "dry": True}]
    assert cli("redeliver", "--from", "4711", "--webhook", "ci", "-y").returncode == 0
    assert daemon.asked("Redeliver")[2:] == [{"from": 4711, "webhook": "ci"}]
    daemon.answers["Redeliver"] = {"count": 0}
    assert cli("redeliver", "--failed").stdout == "there is nothing to send again\n"


def test_status(cli: Cli, daemon: FakeDaemon) -> None:
    """A webhook that fails, or that aegisd disabled, is exit 1 with --exit-status; one that somebody did is not."""
    passed = samples.run(result="success", failed_steps=[])
    for state, by, code in (
        ("failing", None, 1),
        ("disabled", None, 1),
        ("disabled", "dev1", 0),
        ("retrying", None, 0),
    ):
        hooks = [samples.webhook("ci", state=state, by=by)]
        daemon.answers["GetStatus"] = samples.status(webhooks=hooks, workflows=[samples.workflow(last=passed)])
        assert cli("status", "--exit-status", "-q").returncode == code
    daemon.answers["GetStatus"] = samples.status(webhooks=[])
    assert "webhooks" not in cli("status").stdout


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("failing", {"error": "502\x07", "waiting": 2}, ("failure", r"→ ci 502\x07, 2 waiting")),
        ("recovered", {"failing_s": 61.2, "waiting": 0}, ("success", "→ ci after 61s, 0 waiting")),
        ("dropped", {"count": 1, "reason": "old"}, ("failure", "→ ci 1 delivery: old")),
        ("disabled", {"reason": "gone"}, ("cancellation", "→ ci: gone")),
        ("disabled", {"reason": "x", "by": "dev1"}, ("cancellation", "→ ci by dev1: x")),
        ("enabled", {"by": "dev1"}, ("executing", "→ ci by dev1")),
        ("replayed", {"by": "dev1", "count": 3}, ("executing", "→ ci 3 times by dev1")),
        (
            "exhausted",
            {"delivery": 7, "event_type": "workflow.completed", "reason": "given up"},
            ("failure", "→ ci d-7 workflow.completed: given up"),
        ),
    ],
)
def test_the_events_in_words(kind: str, data: dict[str, Any], words: tuple[str, str]) -> None:
    """What happened to which webhook."""
    assert describe_event({"type": f"webhook.{kind}", "data": {"webhook": "ci", **data}}) == words
