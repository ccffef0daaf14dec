"""One workflow: `[workflows.NAME]` with its parameters and steps. All that is wrong is noted; the result is then
None."""

from typing import Any

from aegisd.config.artifacts import check_patterns
from aegisd.config.decode import INVALID, decode, note_unfit
from aegisd.config.definitions import ParameterKeys, WorkflowKeys
from aegisd.config.executors import check_jobs, inherit_executor
from aegisd.config.graph import check_graph
from aegisd.config.kept_references import keep_references
from aegisd.config.limits import inherit_confinement
from aegisd.config.placeholders import check_placeholders
from aegisd.config.reading import Reading
from aegisd.config.references import check_references
from aegisd.config.slot import Given, list_slots
from aegisd.config.step import Draft, read_step
from aegisd.config.table import Table, read_object, read_table
from aegisd.config.unfit import Unfit, check_name, is_variable, name_type
from aegisd.config.values import Path
from aegisd.config.visible import show_name
from aegisd.core.model import Parameter, Step, Workflow


def read_workflow(reading: Reading, name: str, value: Any, path: Path) -> Workflow | None:
    """The workflow `name`; None when a step of it cannot be made."""
    _check_workflow_name(reading, name, path)
    where = f'workflow "{show_name(name)}"'
    reading.origins[path] = reading.origin(path)
    own = {"params": _read_params, "steps": _read_steps}
    values = read_table(reading, Table(value=value, path=path, where=where), list_slots(WorkflowKeys), own=own)
    drafts: tuple[Draft, ...] = values.pop("steps", ())
    params: tuple[Parameter, ...] = values.get("params", ())
    check_graph(reading, drafts)
    check_patterns(reading, drafts)
    check_placeholders(reading, params=params, env=values.get("env", {}), drafts=drafts, path=path)
    check_references(reading, drafts)
    check_jobs(reading, drafts)
    _check_timeouts(reading, values.get("timeout"), drafts, path)
    steps = [draft.make_step(reading) for draft in drafts]
    known = [inherit_executor(step, values) for step in steps if isinstance(step, Step)]
    made = inherit_confinement(reading, known, values, path)
    if len(made) != len(steps):
        return None
    return keep_references(reading, Workflow(name=name, steps=made, origin=reading.origin(path), **values), path)


def _check_workflow_name(reading: Reading, name: str, path: Path) -> None:
    try:
        check_name("a workflow", name, shown=f'"{show_name(name)}"', at_key=True)
    except Unfit as unfit:
        note_unfit(reading, path, unfit)
    if name.isdigit():
        message = f'a workflow: "{show_name(name)}" is not a name'
        reading.error(
            "AEG017", message, reading.key(path), path=path, help="a number stands for a run: aegisctl show 842"
        )


def _read_params(reading: Reading, value: Any, path: Path) -> Any:
    """The parameters as `core.model.Parameter`, those that are valid."""
    if not isinstance(value, dict):
        message = f"`params` must be a table, not {name_type(value)}"
        reading.error("AEG014", message, reading.value(path), path=path, help='write { name = "default" }')
        return INVALID
    seen: dict[str, str] = {}
    for name in value:
        _check_param_name(reading, name, seen, path)
    params = [_read_param(reading, name, each, (*path, name)) for name, each in value.items()]
    return tuple(each for each in params if each is not INVALID)


def _check_param_name(reading: Reading, name: str, seen: dict[str, str], path: Path) -> None:
    place = (*path, name)
    if not is_variable(name):
        message = f'the parameter "{show_name(name)}" has a name that a variable cannot have'
        help_text = "letters, digits and _, not beginning with a digit"
        reading.error("AEG034", message, reading.key(place), path=place, help=help_text)
        return
    variable = f"AEGIS_PARAM_{name.upper()}"
    twin = seen.setdefault(variable, name)
    if twin != name:
        message = f'the parameters "{twin}" and "{name}" would both be ${variable}'
        also = reading.place(reading.key((*path, twin)), f'"{twin}" is here')
        reading.error("AEG034", message, reading.key(place), path=place, also=also)


def _read_param(reading: Reading, name: str, value: Any, path: Path) -> Any:
    where = f'parameter "{show_name(name)}"'
    reading.origins[path] = reading.origin(path)
    if not isinstance(value, dict):
        slot = list_slots(ParameterKeys)["default"]
        default = decode(reading, Given(slot=slot, value=value, path=path, where=where))
        return INVALID if default is INVALID else Parameter(name=name, default=default)
    keys = read_object(reading, Table(value=value, path=path, where=where), ParameterKeys)
    return Parameter(name=name, default=keys.default, description=keys.description)


def _read_steps(reading: Reading, value: Any, path: Path) -> Any:
    """A Draft of each step."""
    if not isinstance(value, list):
        message = f"`steps` must be a list of tables, not {name_type(value)}"
        reading.error(
            "AEG014", message, reading.value(path), path=path, help="begin each with [[workflows.NAME.steps]]"
        )
        return INVALID
    return tuple(read_step(reading, each, (*path, place)) for place, each in enumerate(value))


def _check_timeouts(reading: Reading, limit: float | None, drafts: tuple[Draft, ...], path: Path) -> None:
    """Limits of steps that can never be reached."""
    for draft in drafts:
        timeout = draft.values.get("timeout")
        if limit is not None and timeout is not None and timeout > limit:
            place = (*draft.path, "timeout")
            also = reading.place(reading.value((*path, "timeout")), "the workflow's own is here")
            message = f"{draft.where} may take longer than its whole workflow"
            reading.warn("AEG043", message, reading.value(place), path=place, also=also)
        delay, longest = draft.values.get("retry_delay", 1.0), draft.values.get("max_retry_delay", 60.0)
        if delay > longest:
            name = "retry_delay" if "retry_delay" in draft.values else "max_retry_delay"
            place = (*draft.path, name)
            message = f"{draft.where}: retry_delay is above max_retry_delay, which bounds it"
            reading.warn("AEG045", message, reading.value(place), path=place)
