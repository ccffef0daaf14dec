"""What a run is given: parameters over what the workflow says, and the part of the workflow that is asked for."""

from collections.abc import Mapping
from typing import Any

from aegisd.core.model import Part, Workflow
from aegisd.core.part import explain_left_out
from aegisd.selector import nearest
from aegisd.wire.errors import CallError

_MOST_PARAM_BYTES = 64 * 1024


def resolve_params(workflow: Workflow, given: Mapping[str, str]) -> dict[str, str]:
    """`given` over the defaults. Raises CallError for unknown, missing and oversized parameters."""
    names = [parameter.name for parameter in workflow.params]
    for name in given:
        if name not in names:
            hint = nearest(name, names) or (f"parameters: {', '.join(names)}" if names else "it takes none")
            raise CallError("BadParameter", f'{workflow.name} has no parameter "{name}"', hint=hint)
    if any("\0" in value for value in given.values()) or sum(map(len, given.values())) > _MOST_PARAM_BYTES:
        raise CallError("BadParameter", "a parameter holds a NUL byte, or all together are above 64 KiB")
    missing = [p.name for p in workflow.params if p.default is None and p.name not in given]
    if missing:
        example = " ".join(f"{name}=VALUE" for name in missing)
        message = f"{workflow.name} needs {', '.join(missing)}"
        raise CallError("BadParameter", message, hint=f"aegisctl run {workflow.name} {example}")
    return {p.name: given.get(p.name, p.default or "") for p in workflow.params}


def read_part(asked: Mapping[str, Any]) -> Part | None:
    """What a call asks for with `only`, `from` and `skip`; None for all of the workflow."""
    only, start, skip = (tuple(dict.fromkeys(asked.get(name) or ())) for name in ("only", "from", "skip"))
    return Part(only=only, start=start, skip=skip) if only or start or skip else None


def leave_out(part: Part | None, workflow: Workflow) -> Mapping[str, str]:
    """The steps that `part` of `workflow` leaves out, each with why; none without a part. Raises as `check_part`."""
    if part is None:
        return {}
    check_part(part, workflow)
    return explain_left_out(part, workflow.steps)


def check_part(part: Part, workflow: Workflow) -> None:
    """Raises CallError for a step that `workflow` does not have, and when nothing is left to do."""
    names = [step.name for step in workflow.steps]
    for name in (*part.only, *part.start, *part.skip):
        if name not in names:
            hint = nearest(name, names) or f"steps: {', '.join(names[:20])}"
            raise CallError("NoSuchStep", f'{workflow.name} has no step "{name[:80]}"', hint=hint)
    if len(explain_left_out(part, workflow.steps)) == len(names):
        raise CallError("BadParameter", f"all steps of {workflow.name} are left out")
