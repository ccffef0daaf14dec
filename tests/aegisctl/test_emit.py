"""`aegisctl emit`: what it makes of its words, and what it sends."""

import pytest

from aegisctl.commands.emit import parse_pairs
from aegisctl.failure import Failure
from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import FakeDaemon

TOKEN = "1.secret"


def test_pairs() -> None:
    """KEY=TEXT is a text whatever it looks like, KEY:=JSON is what JSON says; the last one counts."""
    words = ["a=1", "b:=1", 'c:=[1, {"d": null}]', "e=x=y", "f=", "g:=true", "a=2", "h=:=", 'url:="http://x"']
    assert parse_pairs(words) == {
        "a": "2",
        "b": 1,
        "c": [1, {"d": None}],
        "e": "x=y",
        "f": "",
        "g": True,
        "h": ":=",
        "url": "http://x",
    }


@pytest.mark.parametrize("word", ["a", "=1", ":=1", "a:=x", "a:=", "a:={"])
def test_words_that_are_no_pairs(word: str) -> None:
    """Anything else is refused, with what is wrong."""
    with pytest.raises(Failure):
        parse_pairs([word])


def test_what_is_sent(cli: Cli, daemon: FakeDaemon) -> None:
    """Type, data and run; the token only inside a step; nothing is printed in a pipe."""
    daemon.answers["EmitEvent"] = {"seq": 4711}
    answer = cli("emit", "custom.note", "a=1", "--run", "842", "--json-data", '{"a": 0, "b": [2]}')
    assert (answer.stdout, answer.stderr, answer.returncode) == ("", "", 0)
    cli("emit", "custom.note", "--json-data", "-", stdin='{"c": "ü"}', AEGIS_TOKEN=TOKEN)
    assert daemon.asked("EmitEvent") == [
        {"type": "custom.note", "data": {"a": "1", "b": [2]}, "run": 842},
        {"type": "custom.note", "data": {"c": "ü"}, "token": TOKEN},
    ]


def test_the_token_is_shown_nowhere(cli: Cli, daemon: FakeDaemon) -> None:
    """Not even in the trace of the protocol."""
    daemon.answers["EmitEvent"] = {"seq": 1}
    answer = cli("emit", "custom.note", "a=1", AEGIS_TOKEN=TOKEN, AEGIS_DEBUG="1")
    assert "EmitEvent" in answer.stderr
    assert "secret" not in answer.stderr + answer.stdout


def test_data_that_is_no_object(cli: Cli, daemon: FakeDaemon) -> None:
    """A list is no data; nobody is asked."""
    answer = cli("emit", "custom.note", "--json-data", "[1]")
    assert answer.returncode == 2
    assert "takes a JSON object" in answer.stderr
    assert daemon.calls == []
