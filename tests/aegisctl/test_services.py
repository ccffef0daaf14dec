"""The screens of services and approvals, and what the verbs send."""

import json

from aegisctl.event_text import describe_event
from aegisctl.service_screen import summarize_approvals, summarize_services
from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import FakeDaemon
from tests.aegisctl.samples import NOW, stamp

DOWN = {
    "name": "qa",
    "url": "http://h",
    "state": "down",
    "since": stamp(-60),
    "latency_s": None,
    "last_error": {"kind": "refused", "text": "qa: the connection was refused", "at": stamp(-1)},
}
UP = {**DOWN, "name": "bugs", "state": "up", "latency_s": 0.012, "last_error": None}
ASKED = {"run": 842, "workflow": "rel\x1b", "step": "ask", "message": "Go?", "asked_at": stamp(-5), "left_s": 60}


def test_in_words() -> None:
    """How many are up, for the others since when and why; what is asked; nothing acts on a screen."""
    assert summarize_services([UP], now=NOW, utc=True) == "1 up"
    assert summarize_services([UP, DOWN], now=NOW, utc=True) == "1 of 2 up; qa down since 08:01:31 (refused)"
    assert summarize_approvals([ASKED])[0].endswith(" #842 ask: Go?")
    assert "\x1b" not in summarize_approvals([ASKED])[0]
    assert len(summarize_approvals([ASKED] * 9)) == 4


def test_services_in_a_pipe(cli: Cli, daemon: FakeDaemon) -> None:
    """A line a service; --check asks for a look; --exit-status tells that one is down."""
    daemon.answers["ListServices"] = {"services": [UP, DOWN]}
    answer = cli("services", "--check", "--exit-status")
    assert answer.returncode == 1
    assert answer.stdout.splitlines() == [
        f"bugs\tup\t{stamp(-60)}\t0.012\t\thttp://h",
        f"qa\tdown\t{stamp(-60)}\t\trefused\thttp://h",
    ]
    assert daemon.asked("ListServices") == [{"check": True}]


def test_decisions(cli: Cli, daemon: FakeDaemon) -> None:
    """Run, step, answer and reason arrive as they were given."""
    daemon.answers["FindRun"] = {"run": 842}
    daemon.answers["DecideApproval"] = {"approval": ASKED}
    assert json.loads(cli("reject", "842", "ask", "--reason", "no", "--json").stdout)["run"] == 842
    assert daemon.asked("DecideApproval") == [{"run": 842, "step": "ask", "approve": False, "reason": "no"}]


def test_events_in_words() -> None:
    """What happens to services and approvals is said in a few words."""
    down = {"type": "service.down", "data": {"service": "qa", "error": "qa: refused\x07"}}
    asked = {"type": "approval.requested", "run": 842, "data": {"message": "Go?"}}
    granted = {"type": "approval.granted", "data": {"by": "dev1", "reason": "fine"}}
    assert describe_event(down)[0] == "failure"
    assert "\x07" not in describe_event(down)[1]
    assert describe_event(asked) == ("pending", "Go? (aegisctl approve 842)")
    assert describe_event(granted) == ("success", 'by dev1: "fine"')
