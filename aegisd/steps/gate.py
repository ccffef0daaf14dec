"""The step type `gate`: holds earlier results against a rule, and blocks what follows or warns."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import trio
from attrs import frozen

from aegisd.core.model import Outcome, Result
from aegisd.core.pointer import NoSuchValueError, read_pointer
from aegisd.core.results import StepResult, count_failures
from aegisd.core.schema import Complaint, Kind, key
from aegisd.core.template import UnresolvedError
from aegisd.steps.base import Attempting, StepType

_COVERAGE = ("/coverage", "/coverage/percent", "/coverage/percent_covered", "/body/coverage", "/totals/percent_covered")


class Action(StrEnum):
    """What happens when a rule is broken."""

    BLOCK = "block"
    WARN = "warn"


@frozen(kw_only=True)
class GateSpec:
    """The keys of a `gate` step; at least one rule is given."""

    max_failures: int | None = key(
        Kind.COUNT,
        "The most failures that the steps before it may have reported. What a `verify` found takes the place of the "
        "tests that it verified.",
        example="0",
        default=None,
        minimum=0,
        default_text="no rule",
    )
    min_coverage: float | None = key(
        Kind.NUMBER,
        "The least coverage, in percent.",
        example="85",
        default=None,
        minimum=0,
        maximum=100,
        default_text="no rule",
    )
    coverage: str | None = key(
        Kind.TEXT,
        "Where the number for `min_coverage` is.",
        example='"{steps.unit./coverage}"',
        default=None,
        template=True,
        default_text="the last `coverage` in the data of the steps before",
    )
    require: tuple[str, ...] = key(
        Kind.TEXTS,
        "Steps before it that must have passed. A skipped one has not.",
        example='["unit"]',
        default=(),
        names_steps=True,
        default_text="no rule",
    )
    action: Action = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "When a rule is broken: `block` fails the step, `warn` lets it pass and says so.",
        example='"warn"',
        default=Action.BLOCK,
    )

    @classmethod
    def list_complaints(cls, values: Mapping[str, Any]) -> Iterable[Complaint]:
        """A gate without a rule, a place for a number that nothing asks for."""
        if not values.keys() & {"max_failures", "min_coverage", "require"}:
            yield Complaint(message="a gate needs a rule", help="max_failures = 0, min_coverage or require")
        if "coverage" in values and "min_coverage" not in values:
            yield Complaint(message="`coverage` is for `min_coverage`", key="coverage", help="min_coverage = 85")


async def execute(spec: GateSpec, attempting: Attempting) -> Outcome:
    """Check all rules. The result has `passed`, `action`, and `checks` with `rule`, `passed`, `wanted`, `found`."""
    await trio.lowlevel.checkpoint()
    attempting.repeatable = False
    results = attempting.results
    checks: list[dict[str, Any]] = []
    if spec.max_failures is not None:
        count = count_failures(results.values())
        checks.append(_check("max_failures", spec.max_failures, count, ok=count <= spec.max_failures))
    if spec.min_coverage is not None:
        found = _find_coverage(spec, attempting)
        ok = isinstance(found, float) and found >= spec.min_coverage
        checks.append(_check("min_coverage", spec.min_coverage, found, ok=ok))
    checks += [_check_required(name, results.get(name)) for name in spec.require]
    return judge(checks, spec.action)


def judge(checks: list[dict[str, Any]], action: Action) -> Outcome:
    """The outcome of `checks`."""
    broken = [_say(check) for check in checks if not check["passed"]]
    data = {"passed": not broken, "action": action.value, "checks": checks}
    if not broken:
        return Outcome(result=Result.SUCCESS, data=data)
    text = "; ".join(broken)
    if action is Action.WARN:
        return Outcome(result=Result.SUCCESS, data={**data, "warning": text})
    return Outcome(result=Result.FAILURE, error=text, data=data)


def _check(rule: str, wanted: Any, found: Any, *, ok: bool) -> dict[str, Any]:
    return {"rule": rule, "passed": ok, "wanted": wanted, "found": found}


def _check_required(name: str, result: StepResult | None) -> dict[str, Any]:
    found = "not run" if result is None else "success" if result.passed else result.result.value
    return {**_check("require", "success", found, ok=found == "success"), "step": name}


def _find_coverage(spec: GateSpec, attempting: Attempting) -> float | str:
    """The coverage in percent, or why there is none."""
    if spec.coverage is not None:
        try:
            number = _read_number(attempting.expand(spec.coverage))
        except UnresolvedError as error:
            return str(error)
        return f"{spec.coverage} is no percentage" if number is None else number
    for result in reversed(list(attempting.results.values())):
        for pointer in _COVERAGE:
            try:
                number = _read_number(read_pointer(result.data, pointer))
            except NoSuchValueError:
                continue
            if number is not None:
                return number
    return "no step before has told its coverage"


def _read_number(value: Any) -> float | None:
    """`value` as a number, if it is one: 87, 87.5, "87.5", "87.5%"."""
    if isinstance(value, str):
        try:
            value = float(value.strip().removesuffix("%"))
        except ValueError:
            return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= 100 else None


def _say(check: Mapping[str, Any]) -> str:
    match check["rule"]:
        case "max_failures":
            return f"{check['found']} failures, at most {check['wanted']} allowed"
        case "min_coverage" if isinstance(check["found"], float):
            return f"coverage {check['found']:g} %, at least {check['wanted']:g} % wanted"
        case "min_coverage":
            return f"no coverage: {check['found']}"
    return f"{check['step']} has not passed ({check['found']})"


def _describe(spec: GateSpec) -> str:
    rules = []
    if spec.max_failures is not None:
        rules.append(f"at most {spec.max_failures} failures")
    if spec.min_coverage is not None:
        rules.append(f"coverage of {spec.min_coverage:g} %")
    if spec.require:
        rules.append(f"{', '.join(spec.require)} passed")
    return f"{spec.action.value} unless {' and '.join(rules)}"


GATE = StepType(name="gate", spec=GateSpec, execute=execute, describe=_describe)
