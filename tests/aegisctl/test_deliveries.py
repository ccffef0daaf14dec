"""`triggers deliveries`, `triggers delivery` and `triggers replay` as people and scripts see them."""

import base64
import json
from typing import Any

from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import FakeDaemon
from tests.aegisctl.samples import stamp

RAN: dict[str, Any] = {
    "id": 17,
    "trigger": "push",
    "time": stamp(-60),
    "outcome": "run",
    "reason": None,
    "run": 842,
    "event": "push",
    "source": "192.0.2.1",
    "size": 2,
    "replay_of": None,
    "by": None,
    "has_body": True,
}
IGNORED = {**RAN, "id": 18, "outcome": "ignored", "reason": "branch docs not in main", "run": None}
REFUSED = {"trigger": "", "time": stamp(-5), "source": "192.0.2.9", "status": 401, "reason": "there is no such trigger"}


def test_in_a_pipe(cli: Cli, daemon: FakeDaemon) -> None:
    """One line each, refused ones last and without a number."""
    daemon.answers["ListDeliveries"] = {"deliveries": [IGNORED, RAN], "refusals": [REFUSED]}
    answer = cli("triggers", "deliveries", "push", "-L", "5")
    rows = [line.split("\t") for line in answer.stdout.splitlines()]
    assert [row[0] for row in rows] == ["18", "17", ""]
    assert [row[3] for row in rows] == ["ignored", "run", "refused"]
    assert rows[0][7] == "branch docs not in main"
    assert daemon.asked("ListDeliveries") == [{"trigger": "push", "limit": 5}]
    documents = json.loads(cli("triggers", "deliveries", "--json").stdout)
    assert [each["outcome"] for each in documents] == ["ignored", "run", "refused"]


def test_on_a_terminal(on_terminal: Terminal, daemon: FakeDaemon) -> None:
    """Two tables: what came of deliveries, and what was refused and why."""
    daemon.answers["ListDeliveries"] = {"deliveries": [IGNORED, RAN], "refusals": [REFUSED]}
    with on_terminal("triggers", "deliveries", columns=120) as session:
        assert session.end() == 0
    shown = session.text
    for words in ("run #842", "ignored: branch docs not in main", "(no such name)", "there is no such trigger", "401"):
        assert words in shown


def test_nothing_yet(cli: Cli, daemon: FakeDaemon) -> None:
    """An empty list says so, on stderr."""
    daemon.answers["ListDeliveries"] = {"deliveries": [], "refusals": []}
    answer = cli("triggers", "deliveries")
    assert (answer.stdout, answer.stderr) == ("", "no deliveries yet\n")


def test_one_delivery(cli: Cli, daemon: FakeDaemon) -> None:
    """Its headers and its body; nothing in them acts on the terminal, and a body that is gone is said to be."""
    body = base64.b64encode(b'{"ref": "\x1b[31mred"}').decode()
    daemon.answers["GetDelivery"] = {"delivery": RAN, "headers": {"x-event": "push"}, "body": body}
    shown = cli("triggers", "delivery", "17").stdout
    assert "run #842" in shown
    assert "x-event: push" in shown
    assert "\x1b" not in shown
    assert json.loads(cli("triggers", "delivery", "17", "--json").stdout)["body"] == '{"ref": "\x1b[31mred"}'
    daemon.answers["GetDelivery"] = {"delivery": RAN, "headers": {}}
    assert "no longer kept" in cli("triggers", "delivery", "17").stdout


def test_replay(cli: Cli, daemon: FakeDaemon) -> None:
    """The run is said and not waited for with -d; what is no number is refused without asking the daemon."""
    daemon.answers["ReplayDelivery"] = {"run": 843}
    answer = cli("triggers", "replay", "17", "-d")
    assert (answer.returncode, answer.stdout) == (0, "843\n")
    assert daemon.asked("ReplayDelivery") == [{"delivery": 17}]
    assert cli("triggers", "replay", "push").returncode == 2
