"""The three example workflows from `aegisctl run` to webhook and artifact, over HTTP services that are programs of
their own: they fail, take their time and answer nonsense as a script says."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.host import Host
from tests.behaviour.service_kit import FAILURE, Service, qa_script, serve
from tests.source import ROOT

MakeHost = Callable[..., Host]

_EXAMPLES = ROOT / "docs" / "examples"
_TAKEN = {"POST /hook": [{"status": 503}, {"status": 200, "text": "ok", "delay": 0.2}, {"status": 200}]}
_MILLISECONDS = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def _hook(service: Service) -> str:
    """A webhook that gets everything, and is tried again soon."""
    return (
        f'\n[[webhooks]]\nname = "all"\nurl = "{service.url}/hook"\nallow_loopback = true\n'
        'events = ["*"]\nschedule = ["0s", "100ms", "100ms", "100ms"]\n'
    )


def _delivered(host: Host, service: Service, run: int) -> list[dict[str, Any]]:
    """The bodies that the receiver took of `run`, once its end is among them and nothing waits."""
    ended = [each["seq"] for each in host.events(run=run) if each["type"] == "workflow.completed"]

    def look() -> list[dict[str, Any]]:
        bodies = {body["seq"]: body for body in (json.loads(each["body"]) for each in service.requests())}
        of_run = [body for _, body in sorted(bodies.items()) if body["run"] == run]
        return of_run if ended[0] in bodies else []

    return list(host.wait_until(look))


def test_qa_services(make_host: MakeHost, tmp_path: Path) -> None:
    """S29, S39: routes, tests, bugs and a report through two services, one of which is restarting when it is asked; the
    report reaches the webhook, the history, the API and the artifacts as it is."""
    qa_does = qa_script(
        **{
            "PUT /api/target": [{"json": {}}],
            "GET /api/routes": [{"status": 503}, {"json": {"routes": ["/"]}, "delay": 0.2}],
        }
    )
    text = (_EXAMPLES / "qa-chain.toml").read_text().replace("retries = 2", 'retries = 2\nretry_delay = "20ms"', 1)
    with (
        serve(tmp_path / "qa", qa_does) as qa,
        serve(tmp_path / "bugs", qa_script()) as bugs,
        serve(tmp_path / "hook", _TAKEN) as hook,
    ):
        text = text.replace("http://127.0.0.1:8001", qa.url).replace("http://127.0.0.1:8002", bugs.url)
        host = make_host(text + _hook(hook))
        done = host.ctl("run", "qa-chain")
        bodies = _delivered(host, hook, 1)
        (bug,) = bugs.requests()
    assert "qa-chain #1" in done.stdout
    assert json.loads(bug["body"]) == {"failures": [FAILURE]}
    assert len(host.step(1, "discover")["attempts"]) == 2
    types = [body["type"] for body in bodies]
    assert (types[0], types[-1]) == ("workflow.queued", "workflow.completed")
    assert types == [each["type"] for each in host.events(run=1)]
    report = host.call("GetResult", run=1, step="report")["data"]
    told = next(body for body in bodies if body["type"] == "step.completed" and body["step"] == "report")
    assert told["data"]["data"]["summary"] == report["summary"] == {"total": 5, "passed": 5, "failed": 0, "skipped": 0}
    host.ctl("artifacts", "get", "1", "report.json", "-O", str(tmp_path / "report.json"))
    assert json.loads((tmp_path / "report.json").read_text()) == report
    assert '"passed": 5' in host.ctl("show", "1", "report").stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with a module, its doctest and its tests."""
    for name, text in {
        "src/calc.py": 'def add(a, b):\n    """\n    >>> add(1, 2)\n    3\n    """\n    return a + b\n',
        "tests/__init__.py": "",
        "tests/test_calc.py": (
            "import unittest\n\nfrom calc import add\n\n\nclass CalcTest(unittest.TestCase):\n"
            "    def test_add(self):\n        self.assertEqual(add(2, 2), 4)\n"
        ),
    }.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "project"


def _phases(host: Host, run: int) -> list[tuple[Any, Any, Any]]:
    """The transitions of a run: from, to, and whether the one before passed."""
    found = [each["data"] for each in host.events(run=run, types=["phase.transition"])]
    assert all(each["previous_duration_s"] > 0 for each in found if each["previous"] is not None)
    return [(each["previous"], each["next"], each["previous_success"]) for each in found]


def _start(host: Host, project: Path, *, skip: tuple[str, ...] = ()) -> int:
    """A run of the example in `project`, at its end."""
    run = int(host.call("StartRun", workflow="quality", dir=str(project), skip=list(skip))["run"])
    host.finish(run)
    return run


def test_quality_phases(make_host: MakeHost, tmp_path: Path, project: Path) -> None:
    """S65 to S71, S74, S85, S86: each phase begins and ends with an event, with success and duration; what fails is
    told at once, by name; what follows is skipped and says why; without a hook the rest completes."""
    with serve(tmp_path / "hook", _TAKEN) as hook:
        host = make_host((_EXAMPLES / "quality.toml").read_text() + _hook(hook))
        passed = _start(host, project)
        bodies = _delivered(host, hook, passed)
    names = ("fast-hooks", "cleaning", "comprehensive-hooks", "tests")
    assert host.show(passed)["run"]["result"] == "success", host.show(passed)
    assert _phases(host, passed) == [
        (before, after, None if before is None else True)
        for before, after in zip((None, *names), (*names, None), strict=True)
    ]
    events = host.events(run=passed)
    for step in ("syntax", "indentation", "whitespace", "clean", "doctests", "warnings", "unit"):
        own = [(each["type"], each.get("phase")) for each in events if each.get("step") == step]
        assert [name for name, _ in own] == ["step.started", "step.completed"]
        assert own[0][1] == own[1][1]
    assert [body["seq"] for body in bodies] == [each["seq"] for each in events]
    assert all(re.fullmatch(_MILLISECONDS, each["time"]) for each in events)

    module = project / "src" / "calc.py"
    module.write_text(module.read_text().replace("a + b", "a - b"))
    failed = _start(host, project)
    assert _phases(host, failed)[-1] == ("comprehensive-hooks", None, False)
    ended = [each for each in host.events(run=failed) if each["type"] in ("step.completed", "failure.detected")]
    detected = next(each for each in ended if each["type"] == "failure.detected")
    before = ended[ended.index(detected) - 1]
    assert (before["step"], before["seq"] + 1) == ("doctests", detected["seq"])
    assert (before["phase"], detected["phase"]) == ("comprehensive-hooks", "comprehensive-hooks")
    assert (before["data"]["success"], before["data"]["error"]) == (False, detected["data"]["error"])
    assert host.step(failed, "unit")["reason"] == "doctests failed"
    assert host.show(failed)["run"]["reason"] == "doctests failed"

    without = _start(host, project, skip=("doctests",))
    assert _phases(host, without)[-1] == ("tests", None, False)
    assert host.step(without, "doctests")["reason"] == "left out of this run"
    (unit,) = [each for each in host.events(run=without, types=["step.completed"]) if each["step"] == "unit"]
    assert (unit["phase"], unit["data"]["success"], unit["data"]["error"]) == ("tests", False, "exit 1")
    assert unit["data"]["duration_s"] > 0
    assert b"AssertionError" in host.output(without, "unit")


def _says(text: str, prompt: int = 10, completion: int = 5) -> dict[str, Any]:
    """What a model answers."""
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    return {"json": {"choices": [{"message": {"content": text}}], "usage": usage}}


def test_agent_session(make_host: MakeHost, tmp_path: Path) -> None:
    """S39, S100, S102 to S104: a model that is busy, then talks nonsense, then answers: each attempt, task, call and
    artifact is told, tokens are added up by role, what the program printed is kept beside it, and the webhook knows."""
    talk = [
        {"status": 500},
        _says("no JSON"),
        _says('["adder"]', 30, 4),
        _says("def add(a, b):\n    return a + b\n", 40, 12),
    ]
    script = {"POST /v1/chat/completions": talk, "GET /health": [{"json": {}}]}
    text = (_EXAMPLES / "agent-session.toml").read_text().partition("[[webhooks]]")[0]
    text = text.replace('"1s"', '"20ms"').replace('dir = "agent"', f'dir = "{_EXAMPLES}/agent"')
    text = text.replace("env = {", f'env = {{ AGENT_WORK = "{tmp_path}/work",', 1)
    with serve(tmp_path / "model", script) as model, serve(tmp_path / "hook", _TAKEN) as hook:
        host = make_host(text.replace("http://127.0.0.1:8004", model.url) + _hook(hook))
        host.ctl("run", "agent-session", "goal=add two numbers")
        bodies = _delivered(host, hook, 1)
    assert len(host.step(1, "plan")["attempts"]) == 3
    told = [(each["type"], each.get("step"), each.get("attempt")) for each in host.events(run=1)]
    assert [name for name, step, attempt in told if (step, attempt) == ("plan", 1)] == [
        "step.started",
        "task.started",
        "llm.requested",
        "task.failed",
        "step.retrying",
    ]
    kinds = {name for name, _, _ in told}
    assert kinds >= {"phase.transition", "task.completed", "llm.responded", "artifact.saved", "diff.applied"}
    assert kinds >= {"verification.started", "verification.passed", "step.completed", "workflow.completed"}
    failed = [each["data"]["error"] for each in host.events(run=1, types=["task.failed"])]
    assert ("500" in failed[0], failed[1][:15]) == (True, "JSONDecodeError")
    usage = json.loads(host.ctl("usage", "1", "--by", "role", "--json").stdout)
    assert {row["group"]["role"]: (row["prompt_tokens"], row["completion_tokens"]) for row in usage["usage"]} == {
        "planner": (40, 9),
        "coder": (40, 12),
    }
    host.ctl("artifacts", "get", "1", "src/adder.py", "-O", str(tmp_path / "adder.py"))
    assert "return a + b" in (tmp_path / "adder.py").read_text()
    assert host.output(1, "verify") == b"verify\n"
    assert {body["type"] for body in bodies} == kinds
