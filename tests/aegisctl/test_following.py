"""`tail-events` and the displays across restarts: resumed by cursor, with every gap said."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import Conversation, FakeDaemon
from tests.aegisctl.pty_session import ROOT

GAP = {"gap": {"from": 3, "to": 39}}


def test_what_it_asks_for(cli: Cli, daemon: FakeDaemon) -> None:
    """By default the last ten and what comes; every filter goes to the daemon."""
    daemon.answers["TailEvents"] = lambda talk: talk.reply({})
    cli("tail-events")
    cli("tail-events", "--after", "e1.7", "--type", "a", "--type", "b", "--workflow", "w", "--result", "failure")
    cli("tail-events", "--step", "s", "--phase", "p", "--task", "t", "--role", "r", "--no-follow")
    cli("tail-events", "-n", "3", "--no-follow", "--run", "842", "-S", "2026-11-21T08:00:00Z")
    since = "2026-11-21T08:00:00.000Z"
    assert daemon.asked("TailEvents") == [
        {"last": 10, "follow": True},
        {"after": "e1.7", "types": ["a", "b"], "workflows": ["w"], "results": ["failure"], "follow": True},
        {"last": 10, "steps": ["s"], "phases": ["p"], "tasks": ["t"], "roles": ["r"], "follow": False},
        {"last": 3, "run": 842, "since": since, "follow": False},
    ]


def test_gaps_are_said(cli: Cli, daemon: FakeDaemon) -> None:
    """In words, and in JSON as an object in their place."""
    daemon.answers["TailEvents"] = lambda talk: talk.stream(samples.events()[0], GAP, samples.events()[1])
    assert cli("tail-events").stdout.splitlines()[1] == "… 37 events lost"
    lines = [json.loads(line) for line in cli("tail-events", "--json").stdout.splitlines()]
    assert lines[1] == {"type": "aegis.gap", "missed": 37, "from": 3, "to": 39}


def test_the_cursor_file_follows_the_lines(cli: Cli, daemon: FakeDaemon, tmp_path: Path) -> None:
    """It holds the cursor of the last line, is read at the next start, and no temporary file is left."""
    daemon.answers["TailEvents"] = lambda talk: talk.stream(*samples.events())
    file = tmp_path / "cursor"
    cli("tail-events", "--cursor-file", str(file))
    assert file.read_text() == "e1.8\n"
    cli("tail-events", "--cursor-file", str(file))
    assert [asked.get("after") for asked in daemon.asked("TailEvents")] == [None, "e1.8"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["control.sock", "cursor"]


def test_the_cursor_file_follows_what_is_passed_over(cli: Cli, daemon: FakeDaemon, tmp_path: Path) -> None:
    """What the filter holds back, and what is no longer kept, moves the cursor too, without a line of its own."""
    file = tmp_path / "cursor"
    daemon.answers["TailEvents"] = lambda talk: talk.stream({"cursor": "e1.99"})
    assert cli("tail-events", "--cursor-file", str(file), "--type", "step.*").stdout == ""
    assert file.read_text() == "e1.99\n"
    assert daemon.asked("TailEvents")[0]["marks"] is True
    daemon.answers["TailEvents"] = lambda talk: talk.stream({**GAP, "cursor": "e1.139"})
    cli("tail-events", "--cursor-file", str(file))
    assert file.read_text() == "e1.139\n"


def test_only_the_number(cli: Cli, daemon: FakeDaemon) -> None:
    """S99: `--count` prints how many events pass; where to begin reading makes no sense beside it."""
    daemon.answers["CountEvents"] = {"count": 37}
    assert cli("tail-events", "--count", "--type", "step.*", "--run", "7", "--step", "s").stdout == "37\n"
    assert json.loads(cli("tail-events", "--count", "--json").stdout)["count"] == 37
    assert daemon.asked("CountEvents") == [{"types": ["step.*"], "run": 7, "steps": ["s"]}, {}]
    assert cli("tail-events", "--count", "-n", "3").returncode == 2


def test_a_cursor_file_that_cannot_be_written(cli: Cli, daemon: FakeDaemon) -> None:
    """The line was written, the file was not: an error, not a traceback."""
    daemon.answers["TailEvents"] = lambda talk: talk.stream(*samples.events())
    answer = cli("tail-events", "--cursor-file", "/nowhere/cursor")
    assert answer.returncode == 69
    assert "the system refused /nowhere/cursor" in answer.stderr


def test_it_comes_back_after_a_restart(cli: Cli, daemon: FakeDaemon) -> None:
    """Two lines on stderr, and the stream goes on after the last cursor with nothing doubled."""
    events = samples.events()

    def tail(talk: Conversation) -> None:
        if "after" not in talk.parameters:
            talk.stream(*events[:3], ends=False)
            talk.hang_up()
        else:
            talk.stream(*events[3:])

    daemon.answers["TailEvents"] = tail
    answer = cli("tail-events", "--json")
    assert [json.loads(line)["cursor"] for line in answer.stdout.splitlines()] == [f"e1.{n}" for n in range(1, 9)]
    assert daemon.asked("TailEvents")[1] == {"after": "e1.3", "follow": True}
    away, back = answer.stderr.splitlines()
    assert away.startswith("-- aegisd went away at ")
    assert away.endswith(", waiting (Ctrl-C to leave) --")
    assert back == "-- back after 1 s, nothing missed --"


def test_it_says_what_a_restart_cost(cli: Cli, daemon: FakeDaemon) -> None:
    """Where the daemon no longer has what came meanwhile, there is a gap and no `nothing missed`."""

    def tail(talk: Conversation) -> None:
        if "after" not in talk.parameters:
            talk.stream(*samples.events()[:2], ends=False)
            talk.hang_up()
        else:
            talk.stream(GAP, samples.completed("success", seq=40))

    daemon.answers["TailEvents"] = tail
    answer = cli("tail-events")
    assert answer.stderr.splitlines()[1] == "-- back after 1 s --"
    assert "… 37 events lost" in answer.stdout


def test_it_waits_for_a_daemon_that_is_down(daemon: FakeDaemon, env: dict[str, str]) -> None:
    """Stopped and started again, while nothing happens: it says so in words and goes on."""
    first, second = threading.Event(), threading.Event()

    def tail(talk: Conversation) -> None:
        if not first.is_set():
            talk.stream(samples.events()[0], ends=False)
            first.set()
            talk.wait_for_end()
        second.wait(10)
        talk.stream(samples.completed("success"))

    daemon.answers["TailEvents"] = tail
    program = [sys.executable, "-m", "aegisctl", "tail-events"]
    with subprocess.Popen(program, stdout=-1, stderr=-1, env=env, cwd=ROOT, text=True) as process:
        assert process.stderr is not None
        assert first.wait(10)
        daemon.stop()
        assert "went away" in process.stderr.readline()
        daemon.start()
        assert "nothing missed" in process.stderr.readline()
        second.set()
        assert process.wait(10) == 0


def test_without_reconnect_a_broken_stream_is_an_error(cli: Cli, daemon: FakeDaemon) -> None:
    """69, never a silent end."""

    def tail(talk: Conversation) -> None:
        talk.stream(*samples.events()[:2], ends=False)
        talk.hang_up()

    daemon.answers["TailEvents"] = tail
    answer = cli("tail-events", "--no-reconnect")
    assert answer.returncode == 69
    assert "the stream broke" in answer.stderr


def test_the_first_connection_is_not_waited_for(cli: Cli) -> None:
    """Only a daemon that has been there is waited for."""
    assert cli("tail-events").returncode == 69


@pytest.mark.parametrize("words", [("run", "quality"), ("watch", "842"), ("cancel", "842")])
def test_displays_come_back_too(cli: Cli, daemon: FakeDaemon, words: tuple[str, ...]) -> None:
    """A run that goes on through a restart of the daemon is watched to its end."""
    events = samples.events("success")

    def tail(talk: Conversation) -> None:
        if "after" not in talk.parameters:
            talk.stream(*events[:3], ends=False)
            talk.hang_up()
        else:
            talk.stream(*events[3:])

    daemon.answers |= {"StartRun": {"run": 842}, "TailEvents": tail, "CancelRun": {}}
    daemon.answers["ReadLogs"] = lambda talk: talk.reply({})
    answer = cli(*words)
    assert answer.returncode == 0
    assert "went away" in answer.stderr
    assert answer.stdout.endswith("passed    quality #842 18.3s\n")


def test_a_resumed_stream_can_be_refused(cli: Cli, daemon: FakeDaemon) -> None:
    """A cursor that the daemon does not know any more is an error with its message."""
    daemon.answers["TailEvents"] = lambda talk: talk.refuse("BadCursor", message="no such epoch")
    answer = cli("tail-events", "--after", "old.1")
    assert answer.returncode == 2
    assert "no such epoch" in answer.stderr


def test_output_comes_back_without_doubles(cli: Cli, daemon: FakeDaemon) -> None:
    """`run --logs all` asks for the output again after a restart and shows only what is new."""
    events = samples.events("success")
    broken = threading.Event()

    def tail(talk: Conversation) -> None:
        if "after" not in talk.parameters:
            talk.stream(*events[:3], ends=False)
            broken.wait(10)
            talk.hang_up()
        else:
            talk.stream(*events[3:])

    def output(talk: Conversation) -> None:
        talk.reply(samples.chunk(b"one\ntwo\n"), continues=True)
        if broken.is_set():
            talk.reply(samples.chunk(b"three\n", offset=8))
        else:
            broken.set()
            talk.hang_up()

    daemon.answers |= {"StartRun": {"run": 842}, "TailEvents": tail, "ReadLogs": output}
    errors = cli("run", "quality", "--logs", "all").stderr
    assert [line for line in errors.splitlines() if "| " in line] == [
        f"tests-3.13| {n}" for n in ("one", "two", "three")
    ]
