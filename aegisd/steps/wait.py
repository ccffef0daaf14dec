"""The step type `wait`: sleeps inside aegisd, without a process."""

import trio
from attrs import frozen

from aegisd.core.model import Outcome, Result
from aegisd.core.schema import Kind, key
from aegisd.steps.base import Attempting, StepType
from aegisd.wire.units import format_limit


@frozen(kw_only=True)
class WaitSpec:
    """The keys of a `wait` step."""

    seconds: float = key(Kind.DURATION, "How long to wait.", example='"30s"')


async def execute(spec: WaitSpec, attempting: Attempting) -> Outcome:  # noqa: ARG001 - the interface of step types
    """Sleep."""
    await trio.sleep(spec.seconds)
    return _PASSED


def _describe(spec: WaitSpec) -> str:
    return f"wait {format_limit(spec.seconds)}"


_PASSED = Outcome(result=Result.SUCCESS)

WAIT = StepType(name="wait", spec=WaitSpec, execute=execute, describe=_describe)
