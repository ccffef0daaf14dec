"""The step type `emit`: adds an event to the timeline, without a process."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from aegisd.core.emittable import EmitError, make_data
from aegisd.core.model import Outcome, Result
from aegisd.core.schema import Kind, key
from aegisd.core.template import UnresolvedError
from aegisd.steps.base import Attempting, StepType


@frozen(kw_only=True)
class EmitSpec:
    """The keys of an `emit` step."""

    event: str = key(
        Kind.EVENT, "The type of the event: `custom.` and words of your own.", example='"custom.deploy.finished"'
    )
    data: Mapping[str, Any] = key(
        Kind.DATA,
        "What the event says: texts, numbers, lists, tables. `{name}` in a text stands for a parameter.",
        example='{ target = "{target}", hosts = 3 }',
        factory=dict,
        template=True,
    )


async def execute(spec: EmitSpec, attempting: Attempting) -> Outcome:
    """Emit the event; it is on disk when the step ends."""
    try:
        seq = await attempting.emit(make_data(spec.event, attempting.expand_value(spec.data)))
    except UnresolvedError as error:
        return Outcome(result=Result.FAILURE, error=str(error))
    except EmitError as error:
        return Outcome(result=Result.FAILURE, error=f"{error}; {error.hint}" if error.hint else str(error))
    return Outcome(result=Result.SUCCESS, data={"seq": seq})


def _describe(spec: EmitSpec) -> str:
    return f"emit {spec.event}"


EMIT = StepType(name="emit", spec=EmitSpec, execute=execute, describe=_describe)
