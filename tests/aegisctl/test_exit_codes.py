"""Exit statuses that are not those of a run's result, each reached once (those of signals: test_run.py)."""

import pytest

from aegisctl.client import Client
from aegisctl.exit_codes import EXIT_CODES
from aegisctl.failure import Failure
from aegisd.wire.errors import ERRORS
from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import Conversation, FakeDaemon


@pytest.mark.parametrize(("name", "code", "status"), [(name, *known) for name, known in ERRORS.items()])
def test_refused_calls(cli: Cli, daemon: FakeDaemon, name: str, code: str, status: int) -> None:
    """S60: each error of the interface ends with its status from the shared table, told as message and hint."""
    daemon.answers["StartRun"] = lambda talk: talk.refuse(name, message="it cannot be", hint="do this")
    answer = cli("run", "quality")
    assert answer.returncode == status
    assert answer.stderr == "aegisctl: it cannot be\n  do this\n"
    assert status in {known for known, _, _ in EXIT_CODES}
    assert f'"{code}"' in cli("run", "quality", "--json").stderr


def test_an_error_of_a_later_daemon(cli: Cli, daemon: FakeDaemon) -> None:
    """An error that this version does not know is told in its own words, and ends with 70."""
    daemon.answers["StartRun"] = lambda talk: talk.refuse("SomethingNew", message="a new kind")
    answer = cli("run", "quality")
    assert answer.returncode == 70
    assert answer.stderr == "aegisctl: a new kind\n"


@pytest.mark.parametrize(
    ("words", "guess"),
    [
        (("statsu",), "did you mean status?"),
        (("tail",), "all commands: aegisctl help"),
        (("hist",), "did you mean history?"),
        (("quux",), "all commands: aegisctl help"),
        (("workflow",), "did you mean workflows?"),
    ],
)
def test_unknown_verbs(cli: Cli, words: tuple[str, ...], guess: str) -> None:
    """2 and a guess; the guess is never run, and nothing is abbreviated."""
    answer = cli(*words)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert guess in answer.stderr


def test_a_bug(cli: Cli, daemon: FakeDaemon) -> None:
    """70 and one line; the traceback only with AEGIS_DEBUG=1."""
    daemon.answers["GetStatus"] = {"version": 1}
    answer = cli("status")
    assert answer.returncode == 70
    assert "a bug in aegisctl" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "Traceback" in cli("status", AEGIS_DEBUG="1").stderr


def test_a_daemon_that_takes_calls_and_says_nothing(daemon: FakeDaemon) -> None:
    """69 after a limit (5 s for every verb), not a wait for ever."""
    daemon.answers["GetStatus"] = Conversation.wait_for_end
    with Client(str(daemon.path)).open("GetStatus") as connection, pytest.raises(Failure) as caught:
        connection.receive(0.1)
    assert caught.value.exit_status == 69
    assert "did not answer within 0.1 s" in caught.value.message


def test_cancelling_all_needs_a_yes(cli: Cli, daemon: FakeDaemon) -> None:
    """In a pipe nobody can be asked: -y or 2; without --all and without a run: 2."""
    daemon.answers |= {"ListRuns": {"runs": [samples.run()]}, "CancelRun": {}}
    assert cli("cancel", "--all", "quality").returncode == 2
    assert cli("cancel").returncode == 2
    assert cli("cancel", "842", "--all", "quality").returncode == 2
    assert daemon.asked("CancelRun") == []
    assert cli("cancel", "--all", "quality", "-y", "--no-wait", "--reason", "r", "--force").returncode == 0
    assert daemon.asked("CancelRun") == [{"run": 842, "reason": "r", "force": True}]
    assert daemon.asked("ListRuns")[1]["states"] == ["pending", "executing", "finalizing"]


@pytest.mark.parametrize(("word", "cancelled"), [("y", 1), ("n", 0), ("", 0)])
def test_cancelling_all_asks_on_a_terminal(
    on_terminal: Terminal, daemon: FakeDaemon, word: str, cancelled: int
) -> None:
    """Only a yes cancels."""
    daemon.answers |= {"ListRuns": {"runs": [samples.run()]}, "CancelRun": {}}
    with on_terminal("cancel", "--all", "quality", "--no-wait") as session:
        session.wait_for("Cancel 1 run of quality? [y/N]")
        session.press(f"{word}\n")
        assert session.end() == 0
    assert len(daemon.asked("CancelRun")) == cancelled


def test_what_was_cancelled_is_said(cli: Cli, daemon: FakeDaemon) -> None:
    """`cancel` waits for the end and says how it came, once for a run that was named twice."""
    end = samples.completed("cancellation", reason="wrong branch")
    daemon.answers |= {"CancelRun": {}, "TailEvents": lambda talk: talk.stream(*samples.events()[:3], end)}
    answer = cli("cancel", "842", "#842", "--reason", "wrong branch")
    assert answer.returncode == 0
    assert answer.stdout == "2026-11-21T08:00:49Z cancelled quality #842 18.3s wrong branch\n"
    assert daemon.asked("CancelRun") == [{"run": 842, "reason": "wrong branch"}]


def test_validate_and_explain_are_the_daemons_program(cli: Cli, daemon: FakeDaemon) -> None:
    """They need no daemon, and no folder of the current directory takes the place of aegisd."""
    for words in (["explain", "--help"], ["validate", "--help"]):
        assert cli(*words).returncode == 0
    assert daemon.calls == []
