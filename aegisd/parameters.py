"""The parameters that a run gets: what was given over what the workflow says."""

from collections.abc import Mapping

from aegisd.core.model import Workflow
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
