"""`aegisctl subscriptions`, and what `status` says of them."""

import json
from typing import Any

from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import FakeDaemon
from tests.aegisctl.samples import status


def _subscription(name: str, *, error: str | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "type": "command",
        "events": ["workflow.completed"],
        "state": "failing" if error else "working",
        "error": error,
        "failures": 3 if error else 0,
        "behind": 214 if error else 0,
        "done": 4000,
        "open": 1,
        "delivered": 12,
        "lost": 2,
        "missed": 0,
        "deliveries": [],
    }


FAILING = _subscription("notify", error="exit 1: \x1b[31mno")
DELIVERY = {
    "first_seq": 7,
    "last_seq": 7,
    "events": 1,
    "attempts": 6,
    "success": False,
    "duration_s": 31.5,
    "ended_at": "2026-11-21T08:00:49.650Z",
    "error": "exit 1",
}


def test_a_table(cli: Cli, on_terminal: Terminal, daemon: FakeDaemon) -> None:
    """A row each: how it stands, how far behind, what it had, its error; what others wrote cannot paint the screen."""
    daemon.answers["ListSubscriptions"] = {"subscriptions": [_subscription("archive"), FAILING]}
    rows = [line.split("\t") for line in cli("subscriptions").stdout.splitlines()]
    assert rows[0] == ["archive", "command", "working", "0", "12", "2", ""]
    assert rows[1][:4] == ["notify", "command", "failing", "214"]
    assert "\x1b" not in rows[1][-1]
    assert [each["name"] for each in json.loads(cli("subscriptions", "--json").stdout)] == ["archive", "notify"]
    with on_terminal("subscriptions") as session:
        session.wait_for("NAME")
        session.wait_for("notify")


def test_one_in_full(cli: Cli, daemon: FakeDaemon) -> None:
    """Its state in words and its last deliveries."""
    daemon.answers["ListSubscriptions"] = {"subscriptions": [{**FAILING, "deliveries": [DELIVERY]}]}
    text = cli("subscriptions", "notify", "--utc").stdout
    assert "  state    failing, 3 failures in a row\n" in text
    assert "  behind   214 events, 1 on the way\n" in text
    assert "  so far   12 events delivered, 2 given up, 0 missed\n" in text
    assert "08:00:49  7 " in text
    assert daemon.asked("ListSubscriptions") == [{"name": "notify"}]


def test_none(cli: Cli, daemon: FakeDaemon) -> None:
    """Without any there is a sentence on stderr."""
    daemon.answers["ListSubscriptions"] = {"subscriptions": []}
    answer = cli("subscriptions")
    assert (answer.stdout, answer.returncode) == ("", 0)
    assert "no subscriptions" in answer.stderr


def test_in_the_status(cli: Cli, daemon: FakeDaemon) -> None:
    """S2: a subscription that fails is in the status; where there is none there is no line."""
    assert "subscription" not in cli("status").stdout
    daemon.answers["GetStatus"] = {**status(), "subscriptions": {"count": 2, "failing": ["notify"], "behind": 214}}
    assert "  events   2 subscriptions, failing: notify, 214 events behind\n" in cli("status").stdout
    daemon.answers["GetStatus"] = {**status(), "subscriptions": {"count": 1, "failing": [], "behind": 3}}
    assert "  events   1 subscription\n" in cli("status").stdout
