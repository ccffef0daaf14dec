"""What the keys of an executor may not say, and what its steps may not ask together, told with the very place."""

from collections.abc import Mapping
from typing import Any

from aegisd.config.executor_values import ExecutorConfig
from aegisd.config.reading import Reading
from aegisd.config.unfit import is_variable
from aegisd.config.values import Path
from aegisd.config.visible import show_name
from aegisd.core.executor_keys import SLURM_PREFIXES, ExecutorKeys, SlurmAllocation, SlurmKeys
from aegisd.core.model import Step, Workflow

_OURS = "AEGIS_"
_HELP = {
    "SLURM_CONF": "say `conf`: jobs get it as SLURM_CONF",
    "PARTITION": "say `partition`",
    "ACCOUNT": "say `account`",
    "CONSTRAINT": "say `constraint`",
}


def check_env(reading: Reading, values: Mapping[str, Any], path: Path, where: str) -> None:
    """Note variables in `env` that no job may get, or that cannot be any."""
    for place, name in enumerate(values.get("env") or ()):
        at = (*path, "env", place)
        if not is_variable(name):
            message = f'`env` in {where}: "{show_name(name)}" cannot be the name of a variable'
            reading.error("AEG032", message, reading.value(at), path=at)
        elif name.startswith(SLURM_PREFIXES):
            message = f"`env` in {where}: no job gets {show_name(name)}, which Slurm's commands read as an option"
            reading.error("AEG399", message, reading.value(at), path=at, help=_advise(name))
        elif name.startswith(_OURS):
            message = f"`env` in {where}: {show_name(name)} is aegisd's own, and each step has its own `AEGIS_*`"
            reading.error("AEG399", message, reading.value(at), path=at, help="take it out")


def check_shared(
    makers: Mapping[Path, Reading],
    workflows: Mapping[str, Workflow | None],
    executors: Mapping[str, ExecutorConfig],
    default: str,
) -> None:
    """Note steps that cannot be in the allocation of their run: all in it have one partition and one constraint."""
    for name, workflow in workflows.items():
        first: dict[str, Step] = {}
        for place, step in enumerate(workflow.steps if workflow else ()):
            found = executors.get(step.executor or default)
            if found is None or not _is_shared(found.spec) or not getattr(step.spec, "runs_program", False):
                continue
            one = first.setdefault(found.name, step)
            for key in ("partition", "constraint"):
                if getattr(step.resources, key) != getattr(one.resources, key):
                    at: Path = ("workflows", name, "steps", place)
                    _refuse_other(makers["workflows", name], at, key, (one, step), found.name)


def _is_shared(spec: ExecutorKeys) -> bool:
    return isinstance(spec, SlurmKeys) and spec.allocation is SlurmAllocation.RUN


def _refuse_other(reading: Reading, path: Path, key: str, steps: tuple[Step, Step], executor: str) -> None:
    one, other = steps
    own = (*path, "resources", key)
    at = own if own in reading.origins else (*path, "resources") if (*path, "resources") in reading.origins else path
    names = f'"{show_name(one.name)}" and "{show_name(other.name)}"'
    message = f"the steps {names} share the allocation of their run at {show_name(executor)}, and differ in `{key}`"
    reading.error("AEG400", message, reading.key(at), path=at, help=f"say `{key}` in all of them, or in the executor")


def _advise(name: str) -> str:
    return _HELP.get(name) or _HELP.get(name.rpartition("_")[2]) or "take it out: Slurm's options are keys here"
