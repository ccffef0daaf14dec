"""`[executors.NAME]`, and where the steps of all files run: in a step's own words, else its workflow's, else the
daemon's. A step that runs on this host without slots gets no executor at all, and never meets one."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from aegisd.config.decode import INVALID, note_unfit
from aegisd.config.executor_checks import check_env, check_shared
from aegisd.config.executor_kinds import EXECUTOR_KINDS, LIMITS_KEPT
from aegisd.config.executor_values import CommonExecutorKeys, ExecutorConfig
from aegisd.config.reading import Reading
from aegisd.config.slot import list_slots
from aegisd.config.step import Draft
from aegisd.config.table import Table, is_table, make_object, read_table
from aegisd.config.together import note_complaints
from aegisd.config.unfit import Unfit, check_name, name_type
from aegisd.config.values import DaemonConfig, Path
from aegisd.config.visible import join_names, show_name
from aegisd.core.model import Step, Workflow
from aegisd.core.placement import ANY_RESOURCES, HERE, RetryOn

_OF_JOBS = ("executor", "resources", "queue_timeout")


def read_executors(reading: Reading, value: Any, path: Path) -> Any:
    """The executors of one file by name, those that are valid."""
    if not isinstance(value, dict):
        message = f"`executors` must be a table of executors, not {name_type(value)}"
        reading.error("AEG014", message, reading.value(path), path=path, help="begin with [executors.NAME]")
        return INVALID
    found = {name: _read_executor(reading, name, each, (*path, name)) for name, each in value.items()}
    return {name: each for name, each in found.items() if each is not None}


def check_jobs(reading: Reading, drafts: tuple[Draft, ...]) -> None:
    """Note keys for jobs on steps that have none, and words that `retry_on` does not know."""
    for draft in drafts:
        if draft.spec_class is not None and not getattr(draft.spec_class, "runs_program", False):
            for name in _OF_JOBS:
                if name in draft.values:
                    at = (*draft.path, name)
                    message = f"`{name}` in {draft.where}: a step of type {draft.type} runs no program"
                    reading.error("AEG366", message, reading.key(at), path=at, help="take it out")
        for place, word in enumerate(draft.values.get("retry_on") or ()):
            if word not in list(RetryOn):
                at = (*draft.path, "retry_on", place)
                message = f"`retry_on` in {draft.where} cannot have {reading.raw(at)}"
                reading.error("AEG016", message, reading.value(at), path=at, help=f"some of: {', '.join(RetryOn)}")


def inherit_executor(step: Step, values: Mapping[str, Any]) -> Step:
    """`step` with the executor of its workflow, whose keys are `values`, where it has none of its own."""
    own = values.get("executor")
    return evolve(step, executor=own) if own and step.executor is None and _runs_program(step) else step


def check_step_executors(
    makers: Mapping[Path, Reading],
    workflows: Mapping[str, Workflow | None],
    executors: Mapping[str, ExecutorConfig],
    daemon: DaemonConfig,
) -> None:
    """Note executors that no file defines, and what they cannot do for a step."""
    for name, workflow in workflows.items():
        reading = makers["workflows", name]
        for place, step in enumerate(workflow.steps if workflow else ()):
            path: Path = ("workflows", name, "steps", place)
            if _runs_program(step):
                _check_step(reading, step, path, executors, daemon.default_executor)
    default = daemon.default_executor
    check_shared(makers, workflows, executors, default)
    if default not in executors and default != HERE:
        for part, reading in makers.items():
            if part == ("daemon",):
                at: Path = ("daemon", "default_executor")
                _refuse_unknown(reading, at, "`default_executor` in [daemon]", default, executors)


def settle_executors(
    workflows: Mapping[str, Workflow], executors: Mapping[str, ExecutorConfig], daemon: DaemonConfig
) -> dict[str, Workflow]:
    """The workflows with an executor for each step that does not run on this host as it is."""
    default = daemon.default_executor
    return {
        name: evolve(workflow, steps=tuple(_settle(step, executors, default) for step in workflow.steps))
        for name, workflow in workflows.items()
    }


def _settle(step: Step, executors: Mapping[str, ExecutorConfig], default: str) -> Step:
    wanted = step.executor or (default if _runs_program(step) else None)
    settled = wanted if wanted in executors else None
    return step if settled == step.executor else evolve(step, executor=settled)


def _runs_program(step: Step) -> bool:
    return bool(getattr(step.spec, "runs_program", False))


def _read_executor(reading: Reading, name: str, value: Any, path: Path) -> ExecutorConfig | None:
    try:
        check_name("an executor", name, shown=f'"{show_name(name)}"', at_key=True)
    except Unfit as unfit:
        note_unfit(reading, path, unfit)
    where = f'executor "{show_name(name)}"'
    reading.origins[path] = reading.origin(path)
    table = Table(value=value, path=path, where=where)
    if not is_table(reading, table):
        return None
    kind = _find_kind(reading, name, value, path)
    common = list_slots(CommonExecutorKeys)
    own = list_slots(EXECUTOR_KINDS[kind]) if kind is not None else {}
    known = value if kind is not None else {key: each for key, each in value.items() if key in common}
    values = read_table(reading, Table(value=known, path=path, where=where), {**common, **own})
    if kind is None:
        return None
    note_complaints(reading, EXECUTOR_KINDS[kind], values, path, where)
    check_env(reading, values, path, where)
    spec = make_object(EXECUTOR_KINDS[kind], values)
    return None if spec is INVALID else ExecutorConfig(name=name, type=kind, spec=spec, origin=reading.origin(path))


def _find_kind(reading: Reading, name: str, value: Mapping[str, Any], path: Path) -> str | None:
    """The type, where it is one. `read_table` notes that it is missing or no string."""
    kind = value.get("type")
    if not isinstance(kind, str):
        return None
    place = (*path, "type")
    if kind not in EXECUTOR_KINDS:
        label = reading.suggest(kind, EXECUTOR_KINDS, quote='"')
        message = f'there is no type of executor "{show_name(kind)}"'
        help_text = None if label else f"types: {join_names(list(EXECUTOR_KINDS))}"
        reading.error("AEG365", message, reading.value(place), path=place, label=label, help=help_text)
        return None
    if (kind == HERE) != (name == HERE):
        message = f'the executor "{show_name(name)}" cannot be of type "{kind}": the name `{HERE}` is this host\'s'
        reading.error("AEG369", message, reading.value(place), path=place)
    return kind


def _check_step(
    reading: Reading, step: Step, path: Path, executors: Mapping[str, ExecutorConfig], default: str
) -> None:
    wanted = step.executor or default
    found = executors.get(wanted)
    own = (*path, "executor")
    at = own if own in reading.origins else (*path[:2], "executor")
    if found is not None:
        _check_limits(reading, step, path, found)
        return
    if wanted != HERE:
        if step.executor is not None:
            _refuse_unknown(reading, at, f'step "{show_name(step.name)}"', wanted, executors)
    elif step.resources != ANY_RESOURCES:
        message = f'step "{show_name(step.name)}" runs on this host, which gives no `resources`'
        reading.error("AEG368", message, reading.key(path), path=path, help="a command takes `memory` and `cpus` there")


def _check_limits(reading: Reading, step: Step, path: Path, executor: ExecutorConfig) -> None:
    """What a step asks for that its executor does not give."""
    where = f'step "{show_name(step.name)}" runs on {executor.name} ({executor.type})'
    if executor.type in LIMITS_KEPT:
        if step.resources != ANY_RESOURCES:
            reading.error("AEG368", f"{where}, which gives no `resources`", reading.key(path), path=path)
        return
    asked = {name: getattr(step.spec, name, None) for name in ("memory", "cpus", "pids", "nice", "sandbox", "network")}
    asked["wait_for_children"] = getattr(step.spec, "wait_for_children", False) or None
    for name, value in asked.items():
        if value not in (None, "none", True) or (name == "wait_for_children" and value):
            at = (*path, name) if (*path, name) in reading.origins else path
            message = f"{where}, which cannot honour `{name}`"
            help_text = "ask for `resources`, or name another executor: local"
            reading.error("AEG368", message, reading.key(at), path=at, help=help_text)


def _refuse_unknown(
    reading: Reading, path: Path, where: str, name: str, executors: Mapping[str, ExecutorConfig]
) -> None:
    known = [HERE, *(each for each in executors if each != HERE)]
    near = reading.nearest(name, known)
    label = f'did you mean "{near}"?' if near else None
    message = f'{where} names the executor "{show_name(name)}", which does not exist'
    help_text = None if label else f"executors: {join_names(known)}; define it: [executors.NAME]"
    reading.error("AEG367", message, reading.value(path), path=path, label=label, help=help_text)
