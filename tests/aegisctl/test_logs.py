"""`logs`: exact bytes where possible, lines with prefixes otherwise, never nothing for a failed run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import Conversation, FakeDaemon
from tests.aegisctl.golden import check_golden
from tests.aegisctl.pty_session import ROOT

BYTES = b"caf\xc3\xa9\r\n\xff\x00\x1b[31mred\x1b[0m\x1b]0;title\x07\nno newline"


@pytest.fixture
def logs(daemon: FakeDaemon) -> FakeDaemon:
    """Two steps with output; the second arrives in two chunks that cut a line."""
    chunks = [
        samples.chunk(b"hooks\n", name="fast-hooks", at=-118),
        samples.chunk(b"one\ntw"),
        samples.chunk(b"o\nthree", offset=6, at=-101),
        {},
    ]
    daemon.answers["ReadLogs"] = lambda talk: talk.stream(*chunks)
    return daemon


def test_several_steps_are_told_apart(cli: Cli, logs: FakeDaemon) -> None:
    """In a pipe each line is step, tab, line; cut lines are put together."""
    assert cli("logs", "842").stdout == "fast-hooks\thooks\ntests-3.13\tone\ntests-3.13\ttwo\ntests-3.13\tthree\n"
    assert logs.asked("ReadLogs") == [{"run": 842}]


def test_times_come_first(cli: Cli, logs: FakeDaemon) -> None:
    """`-t` puts the time in the first column, RFC 3339 in a pipe."""
    line = cli("logs", "842", "-t").stdout.splitlines()[1]
    assert line == "2026-11-21T08:00:49.000Z\ttests-3.13\tone"
    assert logs.calls


def test_filters(cli: Cli, logs: FakeDaemon) -> None:
    """--grep and -S look at lines; -n alone is the daemon's, with --grep it counts what matched."""
    assert cli("logs", "842", "--grep", "t[wh]").stdout == "tests-3.13\ttwo\ntests-3.13\tthree\n"
    assert cli("logs", "842", "--grep", "t[wh]", "-n", "1").stdout == "tests-3.13\tthree\n"
    assert cli("logs", "842", "-S", "2026-11-21T08:00:50Z").stdout == "tests-3.13\tthree\n"
    cli("logs", "842", "tests-3.13", "-n", "5", "--attempt", "2", "-f")
    asked = {"run": 842, "steps": ["tests-3.13"], "attempt": 2, "follow": True, "lines": 5}
    assert logs.asked("ReadLogs")[-1] == asked


def test_lines_as_json(cli: Cli, logs: FakeDaemon) -> None:
    """One object a line."""
    lines = [json.loads(line) for line in cli("logs", "842", "--json").stdout.splitlines()]
    assert lines[2] == {"step": "tests-3.13", "attempt": 1, "time": "2026-11-21T08:00:49.000Z", "text": "two"}
    assert json.loads(cli("logs", "842", "--json=text").stdout.splitlines()[0]) == {"text": "hooks"}
    assert logs.calls


@pytest.mark.parametrize("words", [("tests-3.13",), ("--raw",)])
def test_bytes_are_exact(daemon: FakeDaemon, env: dict[str, str], words: tuple[str, ...]) -> None:
    """One step into a pipe, and --raw: not a byte is added, lost or changed."""
    daemon.answers["ReadLogs"] = lambda talk: talk.stream(samples.chunk(BYTES), samples.chunk(bytes(range(256))))
    program = [sys.executable, "-m", "aegisctl", "logs", "842", *words]
    answer = subprocess.run(program, stdout=-1, env=env, cwd=ROOT, check=False)
    assert answer.stdout == BYTES + bytes(range(256))


def test_a_terminal_gets_no_control_sequences(on_terminal: Terminal, daemon: FakeDaemon) -> None:
    """Colours pass, a title and a NUL do not; nothing is decoded wrongly."""
    daemon.answers["ReadLogs"] = lambda talk: talk.stream(samples.chunk(BYTES), {})
    with on_terminal("logs", "842", "tests-3.13", "--no-pager") as session:
        assert session.end() == 0
    assert "title" not in session.text
    assert "\x1b[31mred\x1b[0m" in session.text
    assert "café" in session.text
    assert "\ufffd" in session.text


def test_several_steps_on_a_terminal(on_terminal: Terminal, logs: FakeDaemon) -> None:
    """The step, a bar, the line."""
    with on_terminal("logs", "842", "--no-pager", "-t") as session:
        assert session.end() == 0
        check_golden("logs.80", session.screen.lines)
    assert logs.calls


def test_why_did_it_fail(cli: Cli, daemon: FakeDaemon, on_terminal: Terminal) -> None:
    """`--failed` is a header and the last 50 lines of each failed step."""
    daemon.answers["ReadLogs"] = lambda talk: talk.stream(samples.chunk(b"E   AssertionError\n1 failed\n"), {})
    check_golden("logs-failed.pipe", cli("logs", "842", "--failed").stdout.splitlines())
    with on_terminal("logs", "842", "--failed", NO_COLOR="1") as session:
        assert session.end() == 0
        check_golden("logs-failed.80", session.screen.lines)
    cli("logs", "842", "--failed", "--all-lines")
    cli("logs", "842", "--failed", "-n", "7")
    asked = [parameters.get("lines") for parameters in daemon.asked("ReadLogs")]
    assert asked == [50, 50, None, 7]


def test_a_failed_step_without_output(cli: Cli, daemon: FakeDaemon) -> None:
    """Never nothing: how it ended and what was run."""
    daemon.answers["ReadLogs"] = lambda talk: talk.reply({})
    answer = cli("logs", "842", "--failed").stdout
    assert answer == "== tests-3.13 · exit 1 · python -m pytest -q\n(no output; it ended with exit 1)\n"
    (line,) = cli("logs", "842", "--failed", "--json").stdout.splitlines()
    assert json.loads(line)["step"] == "tests-3.13"


def test_a_run_without_a_failed_step(cli: Cli, daemon: FakeDaemon) -> None:
    """It says how the run ended instead."""
    end = samples.run(result="error", reason="interrupted", failed_steps=[])
    daemon.answers["GetRun"] = {"detail": samples.detail(run=end, steps=[])}
    answer = cli("logs", "842", "--failed")
    assert answer.returncode == 0
    assert "quality #842 has no failed step: aegis error after 0:18 — interrupted" in answer.stderr


def test_no_output_is_said(cli: Cli, daemon: FakeDaemon) -> None:
    """On stderr; stdout stays empty."""
    daemon.answers["ReadLogs"] = lambda talk: talk.reply({})
    answer = cli("logs", "842", "tests-3.13")
    assert (answer.stdout, answer.stderr) == ("", "no output of tests-3.13 in run #842\n")


def test_a_stream_that_breaks_is_an_error(cli: Cli, daemon: FakeDaemon) -> None:
    """What came is shown, and the exit status says that it is not all; with -f it would be waited for."""

    def output(talk: Conversation) -> None:
        talk.reply(samples.chunk(b"one\n"), continues=True)
        talk.hang_up()

    daemon.answers["ReadLogs"] = output
    answer = cli("logs", "842", "tests-3.13")
    assert (answer.stdout, answer.returncode) == ("one\n", 69)


def test_a_reader_that_has_seen_enough(daemon: FakeDaemon, env: dict[str, str]) -> None:
    """`aegisctl logs 842 | head -1` ends with 141 and without a word."""

    def output(talk: Conversation) -> None:
        for _ in range(10_000):
            talk.reply(samples.chunk(b"line\n" * 20_000), continues=True)

    daemon.answers["ReadLogs"] = output
    for words in (["842"], ["842", "tests-3.13"], ["842", "--json"]):
        program = [sys.executable, "-m", "aegisctl", "logs", *words]
        with subprocess.Popen(program, stdout=-1, stderr=-1, env=env, cwd=ROOT) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline()
            process.stdout.close()
            assert process.wait(10) == 141
            assert process.stderr.read() == b""


def test_streams_that_are_closed(daemon: FakeDaemon, env: dict[str, str]) -> None:
    """Without stdin, stdout or stderr nothing hangs and nothing is written where it does not belong."""
    for closing in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        command = f'exec "$0" -m aegisctl status {closing}'
        answer = subprocess.run(["sh", "-c", command, sys.executable], env=env, cwd=ROOT, check=False, timeout=10)
        assert answer.returncode == 0
    assert [parameters for _, parameters in daemon.calls] == [{}] * 4


def test_a_full_disk(cli: Cli, daemon: FakeDaemon, env: dict[str, str]) -> None:
    """An answer that cannot be written is an error, in words."""
    with Path("/dev/full").open("wb") as full:
        program = [sys.executable, "-m", "aegisctl", "status"]
        answer = subprocess.run(program, stdout=full, stderr=-1, env=env, cwd=ROOT, check=False, text=True)
    assert answer.returncode == 69
    assert "No space left" in answer.stderr
    assert cli("status").returncode == 0
    assert daemon.calls


def test_memory_is_bounded(daemon: FakeDaemon, env: dict[str, str]) -> None:
    """200 MB without a single newline pass through 120 MB of address space, Python included."""
    piece = samples.chunk(bytes(500_000))

    def output(talk: Conversation) -> None:
        message = json.dumps({"parameters": piece, "continues": True}).encode() + b"\0"
        for _ in range(400):
            talk.send_bytes(message)
        talk.reply({})

    daemon.answers["ReadLogs"] = output
    limited = f'ulimit -v 120000; exec "{sys.executable}" -m aegisctl logs 842 | wc -c'
    answer = subprocess.run(["sh", "-c", limited], capture_output=True, text=True, env=env, cwd=ROOT, check=False)
    assert int(answer.stdout) > 200_000_000
    assert answer.stderr == ""
