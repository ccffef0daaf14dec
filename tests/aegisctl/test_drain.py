"""`drain` and `resume`: what is said, what is waited for, and how waiting ends."""

import json
import signal

from aegisctl.event_text import describe_event
from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import Answer, Conversation, FakeDaemon


def _statuses(*executing: int, draining: bool = True) -> Answer:
    """One status after the other; the last one stays."""
    left = list(executing)

    def answer(talk: Conversation) -> None:
        count = left.pop(0) if len(left) > 1 else left[0]
        runs = {"executing": count, "queued": 3, "slots": 2}
        talk.reply(samples.status(draining=draining, drained_by="dev1", runs=runs))

    return answer


def test_drain(cli: Cli, daemon: FakeDaemon) -> None:
    """A sentence; nothing is waited for unless asked."""
    daemon.answers["Drain"] = {"executing": 1, "queued": 3}
    answer = cli("drain")
    assert (answer.returncode, answer.stdout) == (0, "drained: 1 run still executing, 3 in the queue\n")
    assert daemon.asked("GetStatus") == []
    document = json.loads(cli("drain", "--json").stdout)
    assert document == {"schema": "aegis/v1", "drained": True, "executing": 1, "queued": 3}


def test_drain_and_wait(cli: Cli, daemon: FakeDaemon) -> None:
    """`--wait` returns when nothing executes, and says what it waits for, once."""
    daemon.answers |= {"Drain": {"executing": 2, "queued": 3}, "GetStatus": _statuses(2, 1, 0)}
    answer = cli("drain", "--wait")
    assert (answer.returncode, answer.stdout) == (0, "drained: nothing executes, 3 in the queue\n")
    assert answer.stderr == "waiting for 2 runs to end\nwaiting for 1 run to end\n"


def test_waiting_has_a_limit(cli: Cli, daemon: FakeDaemon) -> None:
    """124 after `--timeout`, and aegisd stays drained; the limit without `--wait` is a usage error."""
    daemon.answers |= {"Drain": {"executing": 1, "queued": 0}, "GetStatus": _statuses(1)}
    answer = cli("drain", "--wait", "--timeout", "0.2s")
    assert answer.returncode == 124
    assert "1 run did not end within 0.2 s; aegisd stays drained" in answer.stderr
    assert "aegisctl resume" in answer.stderr
    assert cli("drain", "--timeout", "1s").returncode == 2
    assert len(daemon.asked("Drain")) == 1


def test_somebody_resumes(cli: Cli, daemon: FakeDaemon) -> None:
    """75 when aegisd takes runs again before the last one has ended: an upgrade must not go on."""
    daemon.answers |= {"Drain": {"executing": 1, "queued": 0}, "GetStatus": _statuses(1, draining=False)}
    answer = cli("drain", "--wait")
    assert (answer.returncode, answer.stdout) == (75, "")
    assert "somebody resumed it" in answer.stderr
    assert json.loads(cli("drain", "--wait", "--json").stdout)["drained"] is False


def test_leaving(on_terminal: Terminal, daemon: FakeDaemon) -> None:
    """Ctrl-C stops waiting (130); aegisd stays drained."""
    daemon.answers |= {"Drain": {"executing": 1, "queued": 0}, "GetStatus": _statuses(1)}
    with on_terminal("drain", "--wait") as session:
        session.wait_for("waiting for 1 run to end")
        session.process.send_signal(signal.SIGINT)
        assert session.end() == 130
        assert "not waiting any longer; aegisd stays drained" in session.text


def test_the_way_back_is_shown(on_terminal: Terminal, daemon: FakeDaemon) -> None:
    """On a terminal `drain` says how to undo it."""
    daemon.answers["Drain"] = {"executing": 0, "queued": 0}
    with on_terminal("drain") as session:
        assert session.end() == 0
    assert "again:  aegisctl resume" in session.text


def test_resume(cli: Cli, daemon: FakeDaemon) -> None:
    """A sentence, or one document."""
    daemon.answers["Undrain"] = {"executing": 0, "queued": 3}
    assert cli("resume").stdout == "resumed: aegisd takes runs, 3 in the queue\n"
    document = json.loads(cli("resume", "--json").stdout)
    assert document == {"schema": "aegis/v1", "drained": False, "executing": 0, "queued": 3}


def test_the_events_in_words() -> None:
    """Who drained and resumed, and what executed still."""
    drained = {"type": "daemon.drained", "data": {"by": "dev1\x07", "executing": [3, 4]}}
    assert describe_event(drained) == ("pending", r"by dev1\x07, still executing: #3, #4")
    assert describe_event({**drained, "data": {"by": "dev1"}}) == ("pending", "by dev1")
    assert describe_event({"type": "daemon.resumed", "data": {"by": "dev2"}}) == ("executing", "by dev2")
