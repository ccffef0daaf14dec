"""The step types of QA services: the shapes of their results, what fails them, and what they send."""

from pathlib import Path
from typing import Any

import pytest

from aegisd.core.events import StepCompleted, StepSkipped
from aegisd.core.model import Outcome, Result
from aegisd.core.results import End, StepResult
from aegisd.steps import STEP_TYPES
from aegisd.steps.calling import Answer, ServiceFault
from aegisd.steps.gate import Action
from aegisd.steps.report import make_report
from tests.steps.fake_service import FakeService, answer
from tests.steps.kit import StepBench

BUG = {"name": "login", "message": "500"}


def end(kind: str, data: dict[str, Any] | None = None, *, failed: int = 0, result: Result = Result.SUCCESS) -> End:
    """The end of an earlier step."""
    return StepCompleted(
        step_type=kind,
        result=result,
        success=result is Result.SUCCESS,
        duration_s=2.0,
        attempts=(),
        service="qa",
        reported_failures=failed,
        data=data or {},
    )


async def carry_out(
    tmp_path: Path, kind: str, *answers: Answer | ServiceFault, earlier: dict[str, End] | None = None, **keys: Any
) -> tuple[Outcome, FakeService]:
    """One attempt of a step of `kind` on a service that gives `answers`."""
    service = FakeService(list(answers))
    bench = StepBench(folder=tmp_path, caller=service, earlier=earlier or {})
    spec = STEP_TYPES[kind].spec(**({} if kind in {"report", "gate"} else {"service": "qa"}), **keys)
    return await bench.run(spec, type=kind), service


@pytest.mark.parametrize("told", [["/a", "/b"], {"routes": ["/a", "/b"], "more": 1}])
async def test_discover(tmp_path: Path, told: Any) -> None:
    """§1.4: GET /api/routes gives routes and route_count, told as a list or as an object."""
    outcome, service = await carry_out(tmp_path, "discover", answer(told))
    assert outcome == Outcome(result=Result.SUCCESS, data={"routes": ["/a", "/b"], "route_count": 2})
    (name, request) = service.asked[0]
    assert (name, request.method, request.path) == ("qa", "GET", "/api/routes")


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        ({"total": 3, "passed": 2, "failed": 1, "failures": [BUG]}, (3, 2, 1)),
        ({"summary": {"total": 3, "passed": 2, "failed": 1}, "failures": [BUG]}, (3, 2, 1)),
        ({"failures": [BUG]}, (1, 0, 1)),
        ({"total": 5, "failures": [BUG]}, (5, 4, 1)),
        ({"total": 0, "failed": 0, "failures": [BUG]}, (1, 0, 1)),
        ({"failed": 4, "failures": []}, (4, 0, 4)),
        ({"total": 2, "passed": 2, "failed": 0}, (2, 2, 0)),
    ],
)
async def test_counts(tmp_path: Path, told: Any, counts: tuple[int, int, int]) -> None:
    """W1.3: whatever an answer tells in counts and failures, a failing test is never green."""
    outcome, service = await carry_out(tmp_path, "test", answer(told))
    data = outcome.data
    assert (data["total"], data["passed"], data["failed"]) == counts
    assert outcome.reported_failures == counts[2]
    assert outcome.result is (Result.FAILURE if counts[2] else Result.SUCCESS)
    assert service.bodies == [{}]
    assert list(data) == ["total", "passed", "failed", "failures"]


@pytest.mark.parametrize("told", [{}, [], "fine", 7, None, {"failed": -1}, {"failed": True}, {"failures": "x"}])
async def test_no_counts(tmp_path: Path, told: Any) -> None:
    """S47: an answer that tells no numbers of tests is a bad body, not a pass."""
    outcome, _ = await carry_out(tmp_path, "test", answer(told))
    assert (outcome.result, outcome.data) == (Result.ERROR, {"fault": "body"})


async def test_allowed_failures(tmp_path: Path) -> None:
    """With allow_failures failing tests are reported and shown, and the step passes."""
    outcome, _ = await carry_out(tmp_path, "test", answer({"failed": 1, "failures": [BUG]}), allow_failures=True)
    assert (outcome.result, outcome.reported_failures) == (Result.SUCCESS, 1)
    assert outcome.data["warning"] == "1 of 1 tests failed: login"


async def test_verify_sends_what_it_verifies(tmp_path: Path) -> None:
    """S53, W2.23: verify_only and the failures of all tests before, once each; what is left decides."""
    earlier = {"a": end("test", {"failures": [BUG, "x"]}, failed=2), "b": end("test", {"failures": ["x"]}, failed=1)}
    outcome, service = await carry_out(
        tmp_path, "verify", answer({"total": 2, "passed": 1, "failed": 1, "failures": ["x"]}), earlier=earlier
    )
    assert service.bodies == [{"verify_only": True, "failures": [BUG, "x"]}]
    assert (outcome.result, outcome.error) == (Result.FAILURE, "1 of 2 tests still fail: x")
    assert outcome.data["verify_only"] is True


async def test_submit_bugs(tmp_path: Path) -> None:
    """§1.4: all failures in one call with an Idempotency-Key; {submitted, response}; absent routes fail gracefully."""
    earlier = {"a": end("test", {"failures": [BUG]}, failed=1)}
    outcome, service = await carry_out(tmp_path, "submit_bugs", answer({"id": 7}, status=201), earlier=earlier)
    assert outcome.data == {"submitted": 1, "response": {"id": 7}}
    assert service.asked[0][1].path == "/api/v1/reports"
    assert len(service.asked[0][1].headers["Idempotency-Key"]) == 32
    outcome, _ = await carry_out(tmp_path, "submit_bugs", answer(status=404, text="no"), earlier=earlier)
    assert (outcome.result, outcome.error) == (
        Result.FAILURE,
        'qa: POST /api/v1/reports was answered with status 404: "no"',
    )


async def test_flaky_tests_are_run_anew(tmp_path: Path) -> None:
    """W2.14: a fault is tried again with the same key; tests that failed are run again with another one."""
    fault = ServiceFault("connection", "qa: the connection broke")
    service = FakeService([fault, answer({"failures": [BUG]}), answer({"failed": 0, "total": 1})])
    bench = StepBench(folder=tmp_path, caller=service)
    results = [(await bench.run(STEP_TYPES["test"].spec(service="qa"), type="test")).result for _ in range(3)]
    assert results == [Result.ERROR, Result.FAILURE, Result.SUCCESS]
    keys = [request.headers["Idempotency-Key"] for _, request in service.asked]
    assert keys[0] == keys[1] != keys[2]


def _result(name: str, result: Result, duration: float, error: str | None = None) -> StepResult:
    return StepResult(step=name, type="command", result=result, duration_s=duration, error=error)


def test_report_counts_each_step_once() -> None:
    """S28, W2.6: one passed and one skipped are one each; two parallel steps of 2 s in 3 s are 3 s, and busy for 4."""
    results = [
        _result("a", Result.SUCCESS, 2.0),
        _result("b", Result.FAILURE, 2.0, "exit 1"),
        _result("c", Result.SKIP, 0.0, "b failed"),
        _result("d", Result.TIMEOUT, 0.5),
        _result("e", Result.CANCELLATION, 0.0),
    ]
    report = make_report(results, 3.0)
    assert report["summary"] == {"total": 5, "passed": 1, "failed": 3, "skipped": 1}
    assert (report["total_duration_ms"], report["busy_duration_ms"]) == (3000.0, 4500.0)
    assert report["steps"][2] == {
        "step": "c",
        "step_type": "command",
        "service": None,
        "result": "skip",
        "success": False,
        "skipped": True,
        "duration_ms": 0.0,
        "error": "b failed",
    }


def test_a_long_report_keeps_what_failed() -> None:
    """The report of 10,000 steps fits an event: it counts all and lists 1,000, those that failed among them."""
    results = [_result(f"s{n}", Result.FAILURE if n == 9_999 else Result.SUCCESS, 0.001) for n in range(10_000)]
    report = make_report(results, 1.0)
    assert (report["summary"]["total"], len(report["steps"]), report["steps_omitted"]) == (10_000, 1000, 9000)
    assert report["steps"][-1]["step"] == "s9999"


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ({"max_failures": 1}, None),
        ({"max_failures": 0}, "1 failures, at most 0 allowed"),
        ({"require": ("lint", "test")}, None),
        ({"require": ("docs",)}, "docs has not passed (skip)"),
        ({"require": ("gone",)}, "gone has not passed (not run)"),
        ({"min_coverage": 80.0}, None),
        ({"min_coverage": 90.5}, "coverage 87.5 %, at least 90.5 % wanted"),
        ({"min_coverage": 80.0, "coverage": "{steps.lint./percent}"}, "coverage 12 %, at least 80 % wanted"),
        ({"min_coverage": 80.0, "coverage": "{steps.lint./word}"}, "no coverage: {steps.lint./word} is no percentage"),
    ],
)
async def test_gate(tmp_path: Path, keys: dict[str, Any], error: str | None) -> None:
    """Each rule holds or is broken with what was wanted and what was found."""
    earlier = {
        "lint": end("http", {"percent": "12%", "word": "high"}),
        "test": end("test", {"failures": [BUG]}, failed=1),
        "cov": end("http", {"coverage": 87.5}),
        "docs": StepSkipped(step_type="command", reason="no"),
    }
    outcome, _ = await carry_out(tmp_path, "gate", earlier=earlier, **keys)
    assert outcome.error == error
    assert outcome.data["passed"] == (error is None)
    warned, _ = await carry_out(tmp_path, "gate", earlier=earlier, action=Action.WARN, **keys)
    assert (warned.result, warned.data.get("warning")) == (Result.SUCCESS, error)
