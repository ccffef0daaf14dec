"""`why`: sentences with their events, on a terminal, in a pipe and as JSON."""

import json

import pytest

from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import FakeDaemon

LINKS = [
    {"seq": 4701, "time": samples.stamp(-120), "step": None, "text": 'dev1 asked for it: "a\tb\x1b[2J"'},
    {"seq": None, "time": None, "step": None, "text": "it is the next one in the queue"},
]


@pytest.fixture
def asked(daemon: FakeDaemon) -> FakeDaemon:
    """A daemon that knows why."""
    daemon.answers["ExplainRun"] = {"links": LINKS}
    return daemon


def test_in_a_pipe(cli: Cli, asked: FakeDaemon) -> None:
    """The number of the event, a tab, the sentence; a dash for what is true just now; nothing controls the terminal."""
    answer = cli("why", "#842")
    assert answer.returncode == 0
    assert answer.stdout == (
        '4701\tdev1 asked for it: "a\\tb\\x1b[2J"\n'  # a tab in a reason is no column
        "-\tit is the next one in the queue\n"
    )
    assert asked.asked("ExplainRun") == [{"run": 842}]


def test_on_a_terminal(on_terminal: Terminal, asked: FakeDaemon) -> None:
    """Indented below the run and step, the event behind the sentence."""
    with on_terminal("why", "842", "report\x1b[2J", NO_COLOR="1") as session:
        assert session.end() == 0
    assert session.text.splitlines() == [
        r"#842 report\x1b[2J",
        r'  dev1 asked for it: "a\tb\x1b[2J" (event 4701)',
        "  it is the next one in the queue",
    ]
    assert asked.asked("ExplainRun") == [{"run": 842, "step": "report\x1b[2J"}]


def test_as_json(cli: Cli, asked: FakeDaemon) -> None:
    """One document with the links as they came."""
    document = json.loads(cli("why", "quality", "report", "--json").stdout)
    assert document == {"schema": "aegis/v1", "run": 842, "step": "report", "links": LINKS}
    assert asked.asked("FindRun") == [{"selector": "quality"}]


def test_no_such_step(cli: Cli, daemon: FakeDaemon) -> None:
    """66, and the nearest as the daemon says it."""
    daemon.answers["ExplainRun"] = lambda talk: talk.refuse("NoSuchStep", message="none", hint='did you mean "report"?')
    answer = cli("why", "842", "reprot")
    assert answer.returncode == 66
    assert answer.stderr == 'aegisctl: none\n  did you mean "report"?\n'
