"""The promises of the systems before aegis: none without a test, none made up; and those that are about the project."""

import ast
import re
import tomllib
from collections import Counter

import pytest

from aegisctl.commands import COMMANDS
from docs.generate.promises import find_claims, find_faults, find_numbers, read_promises, render_page
from tests.source import ROOT, iter_functions, iter_imports, list_files, parse_file, show_place, source_files

CLAIMS = list(find_claims())
NUMBERS = tuple(range(1, 107))
_DOCUMENT = ROOT / "docs" / "explanation" / "decomposition.md"


@pytest.mark.parametrize("number", NUMBERS)
def test_each_promise_has_a_test(number: int) -> None:
    """A promise that no test names is not kept."""
    assert any(number in claim.promises for claim in CLAIMS), f"no test names S{number} in its docstring"


def test_promises_are_those_that_there_are() -> None:
    """The file has all 106 in order, each in words; no test names another one, and each has a row."""
    names = [name for part in read_promises().values() for name in part["promises"]]
    assert names == [f"S{number}" for number in NUMBERS]
    assert {number for claim in CLAIMS for number in claim.promises} <= set(NUMBERS)
    rows = [row for row in render_page().splitlines() if row.startswith("| S")]
    assert len(rows) == len(NUMBERS)
    assert [row for row in rows if not all(cell.strip() for cell in row.split(" | ")[1:3])] == []


@pytest.mark.parametrize(
    ("text", "numbers", "faults"),
    [
        ("S21: signed.", {21}, set()),
        ("S41-S44, S9, W1.3: waits", {9, 41, 42, 43, 44}, {"W1.3"}),
        ("It holds (S4 to S6, W1.8 to W1.10).", {4, 5, 6}, {"W1.8", "W1.9", "W1.10"}),
        ("XS4, S4x, S1234 and W1 are none", set(), set()),
    ],
)
def test_reading_docstrings(text: str, numbers: set[int], faults: set[str]) -> None:
    """Single numbers and ranges, in any place; nothing that only looks like one."""
    assert (find_numbers(text), find_faults(text)) == (numbers, faults)


def test_no_task_is_without_an_owner() -> None:
    """S24: nothing in aegisd or its web side starts a task that no nursery waits for; threads of its own has only the
    room of processes, which joins them."""
    found = []
    for path in source_files():
        names = {name for _, name in iter_imports(path)}
        calls = {node.attr for node in ast.walk(parse_file(path)) if isinstance(node, ast.Attribute)}
        loose = calls & {"spawn_system_task", "create_task", "ensure_future", "start_guest_run", "Thread"}
        loose |= {name for name in names if name.partition(".")[0] in {"asyncio", "_thread", "concurrent"}}
        found += [(show_place(path), name) for name in sorted(loose)]
    assert found == [("aegisd/executors/spawning.py", "Thread")]


def test_dependencies_have_reasons() -> None:
    """S37: whatever is installed with aegis is in the list of dependencies, with what for."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[<>=;\[ ]", each)[0].lower() for each in declared}
    page = (ROOT / "docs" / "explanation" / "dependencies.md").read_text()
    rows = " ".join(row.split("|")[1].lower() for row in page.splitlines() if row.startswith("| ["))
    assert [
        name for name in sorted(names) if f"[{name.removesuffix('2') if name == 'jinja2' else name}]" not in rows
    ] == []


def test_decomposition_is_analysed() -> None:
    """S38: parts, order, an interface for each, the way and the risks are there, and that it is an analysis."""
    text = _DOCUMENT.read_text()
    titles = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert titles == [
        "What would have to be gained",
        "aegis: the parts",
        "aegis: order and interfaces",
        "qaagent: three candidates",
        "The way there",
        "Risks",
    ]
    assert text.splitlines()[2].startswith("An analysis, not a plan")
    risks = [row for row in text.partition("## Risks")[2].splitlines() if row.startswith("| ")]
    assert len(risks) > 5
    assert all(all(cell.strip() for cell in row.strip("|").split("|")) for row in risks)
    candidates = text.partition("## qaagent")[2].partition("## ")[0]
    assert [
        name for name in ("route discovery", "risk analysis", "test generation") if f"| {name} |" not in candidates
    ] == []


def test_the_gate_is_strict() -> None:
    """S40, S64: the gate runs lint with all rules, the format, types with --strict, the floors and all tests; what is
    switched off has a reason beside it."""
    check = (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    for words in ("ruff check", "ruff format --check", "mypy --strict", "lint-imports", "pytest"):
        assert words in check
    gate = (ROOT / ".ci" / "run").read_text()
    assert ("make test" in gate, "make check" in gate) == (True, True)
    text = (ROOT / "pyproject.toml").read_text()
    settings = tomllib.loads(text)["tool"]
    assert (settings["mypy"]["strict"], settings["ruff"]["lint"]["select"]) == (True, ["ALL"])
    assert settings["pytest"]["ini_options"]["filterwarnings"][0] == "error"
    ignored = [line for line in text.partition("\nignore = [")[2].partition("\n]")[0].splitlines() if line.strip()]
    assert [line for line in ignored if "#" not in line] == []


def test_every_verb_is_run_by_a_test() -> None:
    """S60, S63: no verb of aegisctl is without a test that runs it, through the parser, in a process or in a pty."""
    texts = [path.read_text() for path in list_files("tests", pattern="*.py")]
    called = {
        tuple(words)
        for text in texts
        for call in re.findall(r"\b(?:ctl|cli|_ctl|run_cli|terminal|_cli|pty|parse)\(\s*((?:\"[^\"]*\",?\s*)+)", text)
        for words in [re.findall(r"\"([^\"]*)\"", call)]
    }
    begun = {" ".join(words[:count]) for words in called for count in (1, 2)}
    assert [name for name in COMMANDS if name not in begun] == []


def test_artifacts_and_events_have_tests_of_their_own() -> None:
    """S105: more than eight tests of artifacts, fifteen of the log of events, four of what the engine tells."""
    counts: Counter[str] = Counter()
    for path in list_files("tests", pattern="test_*.py"):
        tests = [each for each in iter_functions(path) if each.name.startswith("test_")]
        room, name = path.parent.name, path.stem
        counts["artifacts"] += len(tests) if "artifact" in name or name in {"test_gather", "test_gathering"} else 0
        counts["log"] += len(tests) if room == "timeline" or name in {"test_event_file", "test_questions"} else 0
        counts["engine"] += len(tests) if (room, name) == ("engine", "test_runner") else 0
    assert counts["artifacts"] > 8
    assert counts["log"] > 15
    assert counts["engine"] > 4
