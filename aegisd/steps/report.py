"""The step type `report`: sums up what the steps before it came to. It calls nobody and always passes."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import trio
from attrs import frozen

from aegisd.core.model import Condition, Outcome, Result
from aegisd.core.results import StepResult
from aegisd.steps.base import Attempting, StepType

_MOST_STEPS = 1000
_MOST_ERROR = 300


@frozen(kw_only=True)
class ReportSpec:
    """A `report` step has no keys of its own. Its `condition` is `always` where it does not say otherwise."""

    step_defaults: ClassVar[Mapping[str, Any]] = {"condition": Condition.ALWAYS}


async def execute(spec: ReportSpec, attempting: Attempting) -> Outcome:  # noqa: ARG001 - the interface of step types
    """The report on the steps before this one."""
    await trio.lowlevel.checkpoint()
    return Outcome(result=Result.SUCCESS, data=make_report(list(attempting.results.values()), attempting.elapsed_s))


def make_report(results: Sequence[StepResult], elapsed_s: float) -> dict[str, Any]:
    """`summary` counts the steps, each once, as passed, failed or skipped. `total_duration_ms` is the time since the
    run began, in which parallel steps count once; `busy_duration_ms` is what all steps took together. `steps` has at
    most 1,000 of them, those that did not pass before the others; `steps_omitted` counts the rest."""
    passed = sum(each.result is Result.SUCCESS for each in results)
    skipped = sum(each.result is Result.SKIP for each in results)
    shown = list(results)
    if len(shown) > _MOST_STEPS:
        chosen = sorted(range(len(shown)), key=lambda place: shown[place].result is Result.SUCCESS)[:_MOST_STEPS]
        shown = [results[place] for place in sorted(chosen)]
    report = {
        "summary": {
            "total": len(results),
            "passed": passed,
            "failed": len(results) - passed - skipped,
            "skipped": skipped,
        },
        "total_duration_ms": _in_ms(elapsed_s),
        "busy_duration_ms": _in_ms(sum(each.duration_s for each in results)),
        "steps": [_show_step(each) for each in shown],
    }
    return {**report, "steps_omitted": len(results) - len(shown)} if len(results) > len(shown) else report


def _show_step(each: StepResult) -> dict[str, Any]:
    return {
        "step": each.step,
        "step_type": each.type,
        "service": each.service,
        "result": each.result.value,
        "success": each.result is Result.SUCCESS,
        "skipped": each.result is Result.SKIP,
        "duration_ms": _in_ms(each.duration_s),
        "error": None if each.error is None else each.error[:_MOST_ERROR],
    }


def _in_ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _describe(spec: ReportSpec) -> str:  # noqa: ARG001 - the interface of step types
    return "sum up the steps before"


REPORT = StepType(name="report", spec=ReportSpec, execute=execute, describe=_describe)
