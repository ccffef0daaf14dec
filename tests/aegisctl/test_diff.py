"""`diff`: what two runs have differently, topic by topic; times are told and do not count."""

import json
from typing import Any

import pytest

from aegisctl.run_diff import RunFacts, compare_runs, is_equal
from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import Conversation, FakeDaemon

_STEP = {"name": "unit", "type": "command", "command": "pytest", "timeout_s": None, "origin": "a:1", "index": 0}


def _definition(**changes: Any) -> dict[str, Any]:
    return {"digest": "d1", "workflow": "w", "timeout_s": 60.0, "env": ["CI"], "steps": [_STEP], **changes}


def _artifact(key: str, letter: str = "a") -> dict[str, Any]:
    return {"key": key, "sha256": letter * 64}


def _facts(
    definition: dict[str, Any] | None = None, artifacts: tuple[Any, ...] = (), step: Any = None, **run: Any
) -> RunFacts:
    steps = [samples.step("unit", **(step or {}))]
    detail = samples.detail(run=samples.run(**run), steps=steps)
    return RunFacts(detail, definition or _definition(), artifacts)


def _told(left: RunFacts, right: RunFacts) -> list[tuple[str, str, Any, Any]]:
    return [(each.what, each.name, each.left, each.right) for each in compare_runs(left, right)]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({}, {}, []),
        (
            {"params": {"a": "1", "b": "2"}},
            {"params": {"a": "1", "c": ""}},
            [("params", "b", "2", None), ("params", "c", None, "")],
        ),
        (
            {},
            {"part": {"only": ["a", "b"], "start": [], "skip": ["c"]}},
            [("part", "only", None, "a, b"), ("part", "skip", None, "c")],
        ),
        ({}, {"result": "success"}, [("result", "(run)", "failure", "success")]),
        ({}, {"step": {"result": "failure"}}, [("result", "unit", "success", "failure")]),
        ({}, {"definition": _definition(digest="d2", timeout_s=9.0)}, [("definition", "timeout_s", 60.0, 9.0)]),
        ({}, {"definition": _definition(digest="d2")}, [("definition", "digest", "d1", "d2")]),
        (
            {},
            {"definition": _definition(digest="d2", env=["CI", "TOKEN"])},
            [("definition", "digest", "d1", "d2"), ("env", "TOKEN", None, "")],
        ),
        (
            {},
            {"definition": _definition(digest="d2", steps=[{**_STEP, "command": "tox", "origin": "b:9"}])},
            [("definition", "step unit: command", "pytest", "tox")],
        ),
        (
            {"definition": _definition(digest="d2", steps=[])},
            {},
            [("definition", "step unit", None, "command")],
        ),
        (
            {"artifacts": (_artifact("x"), _artifact("y"))},
            {"artifacts": (_artifact("x", "b"), _artifact("z"))},
            [
                ("artifacts", "x", "a" * 64, "b" * 64),
                ("artifacts", "y", "a" * 64, None),
                ("artifacts", "z", None, "a" * 64),
            ],
        ),
        (
            {"step": {"data": {"tests": {"names": ["t1"]}}}},
            {"step": {"data": {"tests": {"names": ["t2"]}}}},
            [("tests", "unit: t1", "failed", None), ("tests", "unit: t2", None, "failed")],
        ),
    ],
)
def test_what_differs(left: dict[str, Any], right: dict[str, Any], expected: list[Any]) -> None:
    """Each topic tells what each run has; where a definition differs in what is not shown, its digest says so."""
    assert _told(_facts(**left), _facts(**right)) == expected
    assert is_equal(compare_runs(_facts(**left), _facts(**right))) is (not expected)


def test_times_do_not_count() -> None:
    """A run that took longer came to the same."""
    left, right = _facts(), _facts(duration_s=99.0, step={"duration_s": 98.0})
    assert _told(left, right) == [("duration", "(run)", 18.3, 99.0), ("duration", "unit", 4.2, 98.0)]
    assert is_equal(compare_runs(left, right))


@pytest.fixture
def two_runs(daemon: FakeDaemon) -> FakeDaemon:
    """A daemon whose run 841 passed and whose run 842 failed, with a parameter that draws on the screen."""

    def get_run(talk: Conversation) -> None:
        passed = talk.parameters["run"] == 841
        params = {"ref\x1b": "main" if passed else "\x1b[2J"}
        run = samples.run(id=talk.parameters["run"], params=params, result="success" if passed else "failure")
        talk.reply({"detail": samples.detail(run=run, steps=[])})

    daemon.answers |= {
        "GetRun": get_run,
        "GetDefinition": {"definition": _definition()},
        "ListArtifacts": {"artifacts": [], "next": None},
    }
    return daemon


def test_in_a_pipe(cli: Cli, two_runs: FakeDaemon) -> None:
    """Tab-separated lines and exit 1 as diff(1); nothing and exit 0 for equal ones; one document in JSON."""
    answer = cli("diff", "841", "842")
    assert (answer.returncode, answer.stderr) == (1, "")
    assert answer.stdout == "params\tref\\x1b\tmain\t\\x1b[2J\nresult\t(run)\tsuccess\tfailure\n"
    same = cli("diff", "842", "842")
    assert (same.returncode, same.stdout) == (0, "")
    document = json.loads(cli("diff", "841", "842", "--json").stdout)
    assert (document["left"], document["right"], document["equal"]) == (841, 842, False)
    assert document["differences"][1] == {"what": "result", "name": "(run)", "left": "success", "right": "failure"}


def test_on_a_terminal(on_terminal: Terminal, two_runs: FakeDaemon) -> None:
    """By topic, both sides beside each other."""
    with on_terminal("diff", "841", "842", NO_COLOR="1") as session:
        assert session.end() == 1
    assert session.text.splitlines() == [
        "#841 and #842 differ",
        "  params",
        r"    ref\x1b  main → \x1b[2J",
        "  result",
        "    (run)  success → failure",
    ]
