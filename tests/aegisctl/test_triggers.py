"""`aegisctl triggers`, and verbs of two words."""

import pytest

from aegisctl import commands
from aegisctl.commands import find_verb
from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import FakeDaemon


def test_in_a_pipe(cli: Cli, daemon: FakeDaemon) -> None:
    """A line for each, tab-separated; what is not there is empty."""
    daemon.answers["ListTriggers"] = {"triggers": samples.triggers()}
    rows = [line.split("\t") for line in cli("triggers").stdout.splitlines()]
    assert [row[:3] for row in rows] == [
        ["night", "timer", "nightly"],
        ["off", "timer", "nightly"],
        ["chain", "workflow", "qa-chain"],
    ]
    assert [row[8] for row in rows] == ["enabled", "disabled", "enabled"]
    assert {len(row) for row in rows} == {10}
    assert cli("triggers", "list").stdout == cli("triggers").stdout


def test_none_yet(cli: Cli, daemon: FakeDaemon) -> None:
    """Without triggers there is a word on stderr, and nothing on stdout."""
    daemon.answers["ListTriggers"] = {"triggers": []}
    answer = cli("triggers")
    assert (answer.stdout, answer.returncode) == ("", 0)
    assert "no triggers" in answer.stderr


def test_an_unknown_word(cli: Cli, daemon: FakeDaemon) -> None:
    """What is no verb of two words is refused before anybody is asked."""
    answer = cli("triggers", "lst")
    assert answer.returncode == 2
    assert "one of: list" in answer.stderr
    assert daemon.calls == []


def test_verbs_of_two_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second word belongs to the verb where there is such a one, flags before and between them or not."""
    monkeypatch.setitem(commands.COMMANDS, "triggers replay", "triggers_replay")
    assert find_verb(["triggers", "replay", "7", "-q"]) == ("triggers replay", ["7", "-q"])
    assert find_verb(["--utc", "triggers", "-q", "replay", "7"]) == ("triggers replay", ["--utc", "-q", "7"])
    assert find_verb(["triggers", "list"]) == ("triggers", ["list"])
    assert find_verb(["triggers"]) == ("triggers", [])
    assert find_verb(["run", "replay"]) == ("run", ["replay"])
    assert find_verb(["-q"]) == (None, ["-q"])
