"""`trace`: the spans of a run on a terminal, in a pipe, as JSON and for a collector."""

import json

import pytest

from aegisctl.telemetry_words import describe_telemetry
from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import FakeDaemon

ROOT = {
    "id": "a" * 16,
    "parent": None,
    "name": "RUN quality",
    "start_s": 0.0,
    "duration_s": 18.3,
    "result": "failure",
    "message": None,
}
STEP = {**ROOT, "id": "b" * 16, "parent": "a" * 16, "name": "te\x1b[2Jsts\t1", "start_s": 0.25, "duration_s": 9.0}
TRACED = {"trace": "c" * 32, "over": True, "spans": [ROOT, STEP], "otlp": {"resourceSpans": [{"ü": 1}]}}


@pytest.fixture
def asked(daemon: FakeDaemon) -> FakeDaemon:
    """A daemon with a run."""
    daemon.answers["GetTrace"] = TRACED
    return daemon


def test_in_a_pipe(cli: Cli, asked: FakeDaemon) -> None:
    """A row a span; nothing controls the terminal or makes a column."""
    answer = cli("trace", "842")
    assert answer.stdout.splitlines() == [
        f"{'a' * 16}\t-\t0.0\t18.3\tfailure\tRUN quality",
        f"{'b' * 16}\t{'a' * 16}\t0.25\t9.0\tfailure\t" + r"te\x1b[2Jsts\t1",
    ]
    assert asked.asked("GetTrace") == [{"run": 842}]


def test_on_a_terminal(on_terminal: Terminal, asked: FakeDaemon) -> None:
    """The trace, and a table in which steps are below the run."""
    with on_terminal("trace", "842", NO_COLOR="1") as session:
        assert session.end() == 0
    first, head, root, step = session.text.splitlines()
    assert first == f"trace {'c' * 32}"
    assert head.split() == ["SPAN", "START", "TOOK", "ID"]
    assert "RUN quality" in root
    assert r"te\x1b[2Jsts" in step


def test_for_programs(cli: Cli, asked: FakeDaemon) -> None:
    """--json has the spans, --otlp what a collector takes, whatever else was asked for."""
    assert json.loads(cli("trace", "842", "--json").stdout) == {
        "schema": "aegis/v1",
        "trace": "c" * 32,
        "over": True,
        "spans": [ROOT, STEP],
    }
    for flags in (("--otlp",), ("--otlp", "--json")):
        assert json.loads(cli("trace", "842", *flags).stdout) == TRACED["otlp"]


def test_telemetry_in_words() -> None:
    """What is sent, what was lost and why it fails."""
    fine = {"otlp": "http://c", "runs": 1, "spans": 4, "lost": 0, "error": None}
    assert describe_telemetry(fine) == "to http://c: 1 run, 4 spans"
    ill = {**fine, "lost": 3, "error": "refused\x1b"}
    assert describe_telemetry(ill) == r"to http://c: 1 run, 4 spans; 3 lost; failing: refused\x1b"
