"""What the steps before a step came to, as that step sees it. Pure; made of the events that ended them."""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from aegisd.core import events
from aegisd.core.codec import encode_value
from aegisd.core.model import Result
from aegisd.core.pointer import NoSuchValueError, check_pointer, read_pointer
from aegisd.core.template import UnresolvedError

VERIFY = "verify"

End = events.StepCompleted | events.StepSkipped
"""The event that ended a step."""


@frozen(kw_only=True)
class StepResult:
    """How one step ended. `duration_s` covers all its attempts (0 when it was skipped); `reported` counts failed tests
    or open bugs; `reused` is the run that passed it, for a step that was not run again."""

    step: str
    type: str
    result: Result
    duration_s: float = 0.0
    attempts: int = 0
    service: str | None = None
    error: str | None = None
    reported: int = 0
    reused: int | None = None
    data: Mapping[str, Any] = field(factory=dict)

    @property
    def passed(self) -> bool:
        """Whether it did what it should, in this run or in the one it was taken from."""
        return self.result is Result.SUCCESS or self.reused is not None


def make_result(step: str, end: End) -> StepResult:
    """The result that `end` tells of `step`."""
    if isinstance(end, events.StepSkipped):
        return StepResult(
            step=step,
            type=end.step_type,
            result=Result.SKIP,
            error=end.reason,
            reused=end.reused,
            reported=end.reported_failures,
            data=end.data,
        )
    return StepResult(
        step=step,
        type=end.step_type,
        result=end.result,
        duration_s=end.duration_s,
        attempts=len(end.attempts),
        service=end.service,
        error=end.error,
        reported=end.reported_failures,
        data=end.data,
    )


def read_result(results: Mapping[str, StepResult], step: str, pointer: str) -> Any:
    """The value that `pointer` names in the data of `step`. Raises UnresolvedError."""
    found = results.get(step)
    if found is None:
        message = f"{{steps.{step}}} is not there: no step of that name ended before this one"
        raise UnresolvedError(message)
    try:
        check_pointer(pointer)
        return read_pointer(found.data, pointer)
    except (NoSuchValueError, ValueError) as error:
        why = f"{step} was skipped: {found.error}" if found.result is Result.SKIP and not found.reused else str(error)
        shown = f"{{steps.{step}.{pointer}}}" if pointer else f"{{steps.{step}}}"
        message = f"{shown} is not there: {why}"
        raise UnresolvedError(message) from None


def list_failures(results: Iterable[StepResult]) -> list[Any]:
    """All failures that the steps told one by one (`failures` in their data), in order, equal ones once. What a
    `verify` found takes the place of what it verified."""
    found: dict[bytes, Any] = {}
    for each in results:
        failures = each.data.get("failures")
        if not isinstance(failures, list | tuple):
            continue
        if each.type == VERIFY:
            found.clear()
        found.update((encode_value(one), one) for one in failures)
    return list(found.values())


def count_failures(results: Iterable[StepResult]) -> int:
    """The failures that the steps reported and that are still there: a `verify` takes the place of the tests that it
    verified, so that nothing counts twice."""
    count = 0
    for each in results:
        if each.type == VERIFY and "failures" in each.data:
            count = 0
        count += each.reported
    return count
