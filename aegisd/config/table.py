"""A TOML table by its declared keys: known ones are decoded, all others refused with the nearest right one."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from attrs import frozen

from aegisd.config.decode import INVALID, decode
from aegisd.config.reading import Reading
from aegisd.config.slot import Given, Slot, list_slots
from aegisd.config.unfit import name_type
from aegisd.config.values import Path
from aegisd.config.visible import join_names, show_name
from aegisd.core.schema import Kind

Own = Mapping[str, Callable[[Reading, Any, Path], Any]]


@frozen(kw_only=True)
class Table:
    """A table that was found at `path`; `where` names it in messages (`step "unit"`, `[daemon]`)."""

    value: Any
    path: Path
    where: str


def read_table(reading: Reading, table: Table, slots: Mapping[str, Slot], *, own: Own | None = None) -> dict[str, Any]:
    """The valid values of `table` by key. Keys in `own` are read by their function; what is wrong is noted.

    A key that must be given and is not, or not validly, is absent from the result.
    """
    values: dict[str, Any] = {}
    if not is_table(reading, table):
        return values
    for name, value in table.value.items():
        path = (*table.path, name)
        slot = slots.get(name)
        if slot is None:
            refuse_key(reading, table, name, slots)
            continue
        reading.origins[path] = reading.origin(path)
        found = _read_value(reading, Given(slot=slot, value=value, path=path, where=table.where), own or {})
        if found is not INVALID:
            values[name] = found
    for name, slot in slots.items():
        if slot.is_required and name not in table.value:
            message = f"{table.where} lacks `{name}`"
            reading.error(
                "AEG013", message, reading.key(table.path), path=table.path, help=f"{name} = {slot.key.example}"
            )
    return values


def is_table(reading: Reading, table: Table) -> bool:
    """Whether the value is a table; notes an error otherwise."""
    if isinstance(table.value, dict):
        return True
    message = f"{table.where} must be a table, not {name_type(table.value)}"
    reading.error("AEG014", message, reading.value(table.path), path=table.path)
    return False


def refuse_key(reading: Reading, table: Table, name: str, known: Collection[str]) -> None:
    """Note that `name` is no key of `table`."""
    path = (*table.path, name)
    label = reading.suggest(name, known)
    shown = None if label else f"its keys: {join_names(list(known), most=40)}"
    message = f"unknown key `{show_name(name)}` in {table.where}"
    reading.error("AEG012", message, reading.key(path), path=path, label=label, help=shown)


def _read_value(reading: Reading, given: Given, own: Own) -> Any:
    if given.slot.name in own:
        return own[given.slot.name](reading, given.value, given.path)
    if given.slot.key.kind is not Kind.TABLE:
        return decode(reading, given)
    table = Table(value=given.value, path=given.path, where=f"`{given.slot.name}` in {given.where}")
    return read_object(reading, table, given.slot.hint)


def read_object(reading: Reading, table: Table, kind: type[Any]) -> Any:
    """A `kind` with the values of `table`, or INVALID."""
    return make_object(kind, read_table(reading, table, list_slots(kind)))


def make_object(kind: type[Any], values: Mapping[str, Any]) -> Any:
    """A `kind` with `values`, or INVALID when one that must be given is missing."""
    slots = list_slots(kind)
    if any(slot.is_required and name not in values for name, slot in slots.items()):
        return INVALID
    return kind(**{name: value for name, value in values.items() if name in slots})
