"""`[[subscriptions]]`: which events go where. What is wrong is noted; a subscription with a fault is left out."""

from collections.abc import Mapping
from typing import Any

from aegisd.config.decode import INVALID
from aegisd.config.reading import Reading
from aegisd.config.sink_kinds import SINK_KINDS
from aegisd.config.slot import list_slots
from aegisd.config.subscription_keys import Subscription, SubscriptionKeys
from aegisd.config.table import Table, is_table, make_object, read_table
from aegisd.config.unfit import name_type
from aegisd.config.values import Path
from aegisd.config.visible import join_names, show_name
from aegisd.core.event_filter import is_type_pattern
from aegisd.core.events import EVENT_TYPES
from aegisd.core.model import Result

_OPEN_KINDS = ("custom.",)  # whoever emits such events names them


def read_subscriptions(reading: Reading, value: Any, path: Path) -> Any:
    """The subscriptions of one file by name, those that are valid."""
    if not isinstance(value, list):
        message = f"`subscriptions` must be a list of tables, not {name_type(value)}"
        reading.error("AEG014", message, reading.value(path), path=path, help="begin each with [[subscriptions]]")
        return INVALID
    found: dict[str, Subscription] = {}
    for place, each in enumerate(value):
        made = _read_one(reading, each, (*path, place))
        if made is None:
            continue
        if made.name in found:
            here = (*path, place, "name")
            message = f'there are two subscriptions "{made.name}"'
            reading.error(
                "AEG270", message, reading.value(here), path=here, help="its place in the events has one owner"
            )
        found[made.name] = made
    _check_paths(reading, value, path)
    return found


def _read_one(reading: Reading, value: Any, path: Path) -> Subscription | None:
    name = value.get("name") if isinstance(value, dict) else None
    where = f'subscription "{show_name(name)}"' if isinstance(name, str) else f"subscription {int(path[-1]) + 1}"
    reading.origins[path] = reading.origin(path)
    table = Table(value=value, path=path, where=where)
    if not is_table(reading, table):
        return None
    kind, common = _find_kind(reading, value, path), list_slots(SubscriptionKeys)
    if kind is None:
        known = {name: each for name, each in value.items() if name in common}
        read_table(reading, Table(value=known, path=path, where=where), common)
        return None
    values = read_table(reading, table, {**common, **list_slots(kind)})
    _check_events(reading, values.get("events", ()), where, path)
    _check_results(reading, values.get("results", ()), where, path)
    spec = make_object(kind, values)
    if spec is INVALID or "name" not in values:
        return None
    _name_places(reading, path, values["name"])
    given = {name: values[name] for name in common if name in values}
    return Subscription(spec=spec, origin=reading.origin(path), **given)


def _find_kind(reading: Reading, value: Mapping[str, Any], path: Path) -> type[Any] | None:
    """The class of the type's keys. An unknown type is noted; a missing one is noted by `read_table`."""
    name = value.get("type")
    if not isinstance(name, str) or name in SINK_KINDS:
        return SINK_KINDS.get(name) if isinstance(name, str) else None
    place = (*path, "type")
    label = reading.suggest(name, SINK_KINDS, quote='"')
    message = f'there is no type of subscription "{show_name(name)}"'
    help_text = None if label else f"types: {join_names(list(SINK_KINDS))}"
    reading.error("AEG271", message, reading.value(place), path=place, label=label, help=help_text)
    return None


def _check_events(reading: Reading, names: tuple[str, ...], where: str, path: Path) -> None:
    if not names and "events" in _keys(reading, path):
        here = (*path, "events")
        message = f"`events` in {where} is empty: nothing would ever come"
        reading.error("AEG272", message, reading.value(here), path=here, help='["*"] stands for all')
    for place, name in enumerate(names):
        here = (*path, "events", place)
        if not is_type_pattern(name):
            message = f'`events` in {where}: "{show_name(name)}" is no event type'
            help_text = 'a type such as "step.completed", or "step.*", or "*"'
            reading.error("AEG272", message, reading.value(here), path=here, help=help_text)
        elif not _is_known(name):
            label = reading.suggest(name, EVENT_TYPES, quote='"')
            message = f'`events` in {where}: there is no event type "{show_name(name)}" in this version'
            reading.warn("AEG273", message, reading.value(here), path=here, label=label)


def _is_known(name: str) -> bool:
    if name == "*" or name.startswith(_OPEN_KINDS) or name in EVENT_TYPES:
        return True
    return name.endswith(".*") and any(each.startswith(name[:-1]) for each in EVENT_TYPES)


def _check_results(reading: Reading, names: tuple[str, ...], where: str, path: Path) -> None:
    known = [result.value for result in Result]
    for place, name in enumerate(names):
        if name not in known:
            here = (*path, "results", place)
            label = reading.suggest(name, known, quote='"')
            message = f'`results` in {where}: there is no result "{show_name(name)}"'
            help_text = None if label else f"one of: {', '.join(known)}"
            reading.error("AEG274", message, reading.value(here), path=here, label=label, help=help_text)


def _check_paths(reading: Reading, tables: list[Any], path: Path) -> None:
    """Two that write into one file would tear each other's lines."""
    seen: dict[str, Path] = {}
    for place, table in enumerate(tables):
        file = table.get("path") if isinstance(table, dict) else None
        here = (*path, place, "path")
        if not isinstance(file, str):
            continue
        earlier = seen.setdefault(file, here)
        if earlier != here:
            also = reading.place(reading.value(earlier), "the other one is here")
            message = f"two subscriptions write to {show_name(file)}"
            reading.error("AEG275", message, reading.value(here), path=here, also=also)


def _keys(reading: Reading, path: Path) -> set[str]:
    return {str(each[-1]) for each in reading.origins if each[:-1] == path}


def _name_places(reading: Reading, path: Path, name: str) -> None:
    """Places by the name as well: numbers begin again in each file."""
    for kept in (reading.origins, reading.written):
        known: dict[Path, Any] = kept
        for place in [place for place in known if place[: len(path)] == path]:
            known[(*path[:-1], name, *place[len(path) :])] = known[place]
