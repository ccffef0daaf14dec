"""The report in its five formats."""

import json

import pytest

from aegisd.config.loader import check_files
from aegisd.config.problems import FORMATS, render
from aegisd.steps import SPECS
from tests.config.check import STEP, check, report

TEXT = """\
[workflows.quality]
timeout = "5m"

[[workflows.quality.steps]]
name = "tests"
run = "pytest -q"
timout = "10m"

[[workflows.quality.steps]]
name = "report"
run = "true"
needs = ["test"]
timeout = "10m"
"""

FULL = """\
error[AEG012]: unknown key `timout` in step "tests"
 --> <stdin>:7:1
  |
7 | timout = "10m"
  | ^^^^^^ did you mean `timeout`?

error[AEG021]: step "report" needs "test", which does not exist
  --> <stdin>:12:10
   |
12 | needs = ["test"]
   |          ^^^^^^ steps here: tests
   = help: did you mean "tests"? (defined at line 4)

warning[AEG043]: step "report" may take longer than its whole workflow
  --> <stdin>:13:11
   |
13 | timeout = "10m"
   |           ^^^^^
  ::: <stdin>:2:11 the workflow's own is here

2 errors, 1 warning in 1 file (1 checked).  aegisctl explain AEG012"""

CONCISE = """\
<stdin>:7:1: error AEG012 unknown key `timout` in step "tests", did you mean `timeout`?
<stdin>:12:10: error AEG021 step "report" needs "test", which does not exist, steps here: tests
<stdin>:13:11: warning AEG043 step "report" may take longer than its whole workflow"""

GITHUB = (
    '::error file=<stdin>,line=7,col=1,endColumn=7,title=AEG012::unknown key `timout` in step "tests", '
    "did you mean `timeout`?\n"
)


def test_full() -> None:
    """Header, place, line, marker, second place, help, and the sum."""
    assert report(TEXT) == FULL


def test_concise() -> None:
    """A line each, for editors and grep."""
    assert report(TEXT, "concise") == CONCISE


def test_github() -> None:
    """Annotations; what could end a command early is escaped."""
    assert report(TEXT, "github").startswith(GITHUB)
    assert "%25" in report("[daemon]\n'100%' = 1", "github")


def test_json() -> None:
    """One document with counts."""
    found = json.loads(report(TEXT, "json"))
    assert {name: value for name, value in found.items() if name != "problems"} == {
        "schema": "aegis/v1",
        "errors": 2,
        "warnings": 1,
        "files": 1,
    }
    assert found["problems"][0] == {
        "code": "AEG012",
        "severity": "error",
        "message": 'unknown key `timout` in step "tests"',
        "file": "<stdin>",
        "line": 7,
        "column": 1,
        "length": 6,
        "key": "workflows.quality.steps[0].timout",
        "label": "did you mean `timeout`?",
        "help": None,
        "also": None,
    }
    assert found["problems"][2]["also"]["line"] == 2


def test_sarif() -> None:
    """A log with rules and results."""
    found = json.loads(report(TEXT, "sarif"))
    (run,) = found["runs"]
    assert found["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["AEG012", "AEG021", "AEG043"]
    region = run["results"][1]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 12, "startColumn": 10, "endColumn": 16}
    assert run["results"][2]["relatedLocations"][0]["message"]["text"] == "the workflow's own is here"


def test_nothing_wrong() -> None:
    """A fine configuration says so, or nothing where programs read."""
    assert report(STEP) == "no problems in 1 file"
    assert report(STEP, "concise") == report(STEP, "github") == ""
    assert json.loads(report(STEP, "json"))["problems"] == []


def test_colour() -> None:
    """Colour only adds escapes."""
    _, problems, sources = check_files(["-"], step_types=SPECS, environment={}, stdin_text=TEXT)
    coloured = render(problems, sources, color=True)
    assert coloured.startswith("\x1b[1;31merror[AEG012]\x1b[0m")
    for style in ("\x1b[1;31m", "\x1b[1;33m", "\x1b[34m", "\x1b[36m", "\x1b[1m", "\x1b[0m"):
        coloured = coloured.replace(style, "")
    assert coloured == FULL


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_acts_on_the_terminal(format: str) -> None:  # noqa: A002 - as in render
    """Control characters of keys, values and comments are written out."""
    text = '[daemon]\n"\\u001b[2J\\u202e" = 1\nname = "\\u0007 \\u009b" # \u202e\u2066\n'
    shown = report(text, format)
    assert all(char.isprintable() or char == "\n" for char in shown), shown


def test_raw_control_characters_in_the_line() -> None:
    """A line that TOML forbids is shown all the same, without acting."""
    shown = report("[daemon]\nname = '\x1b[2J'")
    assert "2 | name = '\\x1b[2J'" in shown


def test_marker_stands_under_wide_characters_and_tabs() -> None:
    """Columns count characters, the marker counts cells."""
    lines = report('[control]\n\toperators = ["日本", 1]').splitlines()
    assert lines[3:5] == ['2 |     operators = ["日本", 1]', f"  | {' ' * 25}^"]


def test_long_lines_are_cut() -> None:
    """Of a line of 4 MiB, the part around the marker is shown, for as many problems as there are."""
    text = "[daemon]\nkeep = { " + ", ".join(f"k{number} = {number}" for number in range(50_000)) + " }"
    shown = report(text)
    assert max(len(line) for line in shown.splitlines()) < 450
    assert shown.count("error[AEG012]") == 1000


def test_keys_are_cut_for_programs() -> None:
    """A key of a megabyte makes a short document too."""
    assert len(report(f"{'k' * 1_000_000} = 1", "json")) < 1000


def test_names_are_cut() -> None:
    """A key of a megabyte makes a short message."""
    (problem,) = check(f"[daemon]\n{'k' * 1_000_000} = 1")[1]
    assert len(problem.message) < 120
