"""`[triggers.NAME]`: what starts runs by itself. The keys of all triggers, and those of its type.

What spans files (is there such a workflow, does it take these parameters) is checked by `trigger_checks`.
"""

from collections.abc import Mapping
from typing import Any

from aegisd.config.decode import INVALID, note_unfit
from aegisd.config.reading import Reading
from aegisd.config.slot import list_slots
from aegisd.config.table import Table, is_table, make_object, read_table
from aegisd.config.trigger_keys import TriggerConfig, TriggerKeys
from aegisd.config.trigger_kind import TriggerKind
from aegisd.config.trigger_kinds import TRIGGER_KINDS
from aegisd.config.unfit import Unfit, check_name, name_type
from aegisd.config.values import Path
from aegisd.config.visible import join_names, show_name


def read_triggers(reading: Reading, value: Any, path: Path) -> Any:
    """The triggers of one file by name, those that are valid."""
    if not isinstance(value, dict):
        message = f"`triggers` must be a table of triggers, not {name_type(value)}"
        reading.error("AEG014", message, reading.value(path), path=path, help="begin with [triggers.NAME]")
        return INVALID
    found = {name: _read_trigger(reading, name, each, (*path, name)) for name, each in value.items()}
    return {name: each for name, each in found.items() if each is not None}


def _read_trigger(reading: Reading, name: str, value: Any, path: Path) -> TriggerConfig | None:
    where = f'trigger "{show_name(name)}"'
    try:
        check_name("a trigger", name, shown=f'"{show_name(name)}"', at_key=True)
    except Unfit as unfit:
        note_unfit(reading, path, unfit)
    if name.isdigit():
        help_text = "a number stands for a run"
        reading.error("AEG017", f"{where}: not a name", reading.key(path), path=path, help=help_text)
    reading.origins[path] = reading.origin(path)
    table = Table(value=value, path=path, where=where)
    if not is_table(reading, table):
        return None
    kind = _find_kind(reading, value, path)
    common = list_slots(TriggerKeys)
    if kind is None:
        known = {name: each for name, each in value.items() if name in common}
        read_table(reading, Table(value=known, path=path, where=where), common)
        return None
    values = read_table(reading, table, {**common, **list_slots(kind.keys)})
    kind.check(reading, values, path, where)
    spec = make_object(kind.keys, values)
    if spec is not INVALID and kind.finish is not None:
        spec = kind.finish(reading, spec, path, where)
    if spec is INVALID or "workflow" not in values or ("params" in value and "params" not in values):
        return None
    given = {name: values[name] for name in common if name in values}
    return TriggerConfig(name=name, spec=spec, origin=reading.origin(path), **given)


def _find_kind(reading: Reading, value: Mapping[str, Any], path: Path) -> TriggerKind | None:
    """The kind that `type` names. An unknown one is noted; one that is missing or no string `read_table` notes."""
    name = value.get("type")
    if not isinstance(name, str) or name in TRIGGER_KINDS:
        return TRIGGER_KINDS.get(name) if isinstance(name, str) else None
    place = (*path, "type")
    label = reading.suggest(name, TRIGGER_KINDS, quote='"')
    message = f'there is no type of trigger "{show_name(name)}"'
    help_text = None if label else f"types: {join_names(list(TRIGGER_KINDS))}"
    reading.error("AEG255", message, reading.value(place), path=place, label=label, help=help_text)
    return None
