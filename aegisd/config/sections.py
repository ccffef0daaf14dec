"""The sections of a configuration file: one entry each. A new section is an entry here and a field of `Config`.

A section either belongs to one file (`daemon`), or collects what all files say by name (`workflows`). Sections of later
versions have an entry too, so that they are refused by name.
"""

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from attrs import frozen

from aegisd.config import later
from aegisd.config.artifacts import read_artifacts
from aegisd.config.decode import INVALID, decode
from aegisd.config.executors import read_executors
from aegisd.config.reading import Reading
from aegisd.config.slot import Given, Slot, list_slots
from aegisd.config.surroundings import find_socket, find_state_dir
from aegisd.config.table import Table, read_table
from aegisd.config.triggers import read_triggers
from aegisd.config.unfit import name_type
from aegisd.config.values import ControlConfig, DaemonConfig, Path
from aegisd.config.visible import join_names, show_name
from aegisd.config.web import read_web
from aegisd.config.workflow import read_workflow
from aegisd.core.schema import Key, Kind

INCLUDE = Key(
    kind=Kind.TEXTS,
    doc="Further files, relative to this one; `*`, `?` and `[...]` match within a folder, in order of name. "
    "They may include others, 8 deep. A file is loaded once.",
    example='["workflows.d/*.toml"]',
    default_text="none",
)


_LONGEST_SOCKET = 107


@frozen(kw_only=True)
class Section:
    """`read(reading, value, path)` gives the section's value, or INVALID. `is_collected`: each file may add entries
    to it, with names that no other file has used. `later` says what a section of a later version is for."""

    doc: str
    read: Callable[[Reading, Any, Path], Any] | None = None
    is_collected: bool = False
    later: str | None = None


def read_sections(reading: Reading, document: Mapping[str, Any]) -> dict[str, Any]:
    """The valid sections of one file, by name. Unknown ones are noted."""
    found = {}
    for name, value in document.items():
        section = SECTIONS.get(name)
        if section is None or section.read is None:
            _refuse(reading, name, section)
            continue
        reading.origins[name,] = reading.origin((name,))
        result = section.read(reading, value, (name,))
        if result is not INVALID:
            found[name] = result
    return found


def read_daemon(reading: Reading, value: Any, path: Path) -> Any:
    """`[daemon]`, with defaults from the surroundings."""
    values = read_table(reading, Table(value=value, path=path, where="[daemon]"), list_slots(DaemonConfig))
    return DaemonConfig(**{"name": reading.around.host_name, "state_dir": find_state_dir(reading.around), **values})


def read_control(reading: Reading, value: Any, path: Path) -> Any:
    """`[control]`, with defaults from the surroundings. An empty `socket` belongs into the state directory."""
    values = read_table(reading, Table(value=value, path=path, where="[control]"), list_slots(ControlConfig))
    _check_socket(reading, values.get("socket", ""), (*path, "socket"))
    _check_operators(reading, values.get("operators", ()), (*path, "operators"))
    return ControlConfig(**{"socket": find_socket(reading.around) or "", **values})


def _check_socket(reading: Reading, socket: str, path: Path) -> None:
    if len(os.fsencode(socket)) > _LONGEST_SOCKET:
        message = f"the path of the control socket is longer than {_LONGEST_SOCKET} bytes"
        reading.error("AEG015", message, reading.value(path), path=path, help="the kernel takes no more")


def _check_operators(reading: Reading, operators: tuple[str, ...], path: Path) -> None:
    for place, name in enumerate(operators):
        if not name or ":" in name or not name.isprintable():
            here = (*path, place)
            message = f"`operators` in [control]: {reading.raw(here)} is not a name"
            reading.error("AEG017", message, reading.value(here), path=here)


def _read_include(reading: Reading, value: Any, path: Path) -> Any:
    slot = Slot(name="include", key=INCLUDE, hint=tuple[str, ...], default=())
    return decode(reading, Given(slot=slot, value=value, path=path, where="this file"))


def _read_workflows(reading: Reading, value: Any, path: Path) -> Any:
    if not isinstance(value, dict):
        message = f"`workflows` must be a table of workflows, not {name_type(value)}"
        reading.error("AEG014", message, reading.value(path), path=path, help="begin with [workflows.NAME]")
        return INVALID
    return {name: read_workflow(reading, name, each, (*path, name)) for name, each in value.items()}


def _late(name: str) -> Callable[[Reading, Any, Path], Any]:
    """`read_NAME` of the module `name`, which most configurations can do without: imported for those that cannot."""

    def read(reading: Reading, value: Any, path: Path) -> Any:
        return getattr(import_module(f"aegisd.config.{name}"), f"read_{name}")(reading, value, path)

    return read


def _refuse(reading: Reading, name: str, section: Section | None) -> None:
    path = (name,)
    if section is not None:
        message = f"[{name}] ({section.later}) is not yet in this version"
        reading.error("AEG011", message, reading.key(path), path=path, help="take it out until then")
        return
    known = [known for known, each in SECTIONS.items() if each.read is not None]
    label = reading.suggest(name, known)
    shown = None if label else f"sections: {join_names(known)}"
    reading.error(
        "AEG010", f"unknown section `{show_name(name)}`", reading.key(path), path=path, label=label, help=shown
    )


SECTIONS: Mapping[str, Section] = {
    "include": Section(doc="Further files.", read=_read_include),
    "daemon": Section(doc="The daemon as a whole.", read=read_daemon),
    "control": Section(doc="The control socket.", read=read_control),
    "web": Section(doc="The HTTP door.", read=read_web),
    "artifacts": Section(doc="What runs leave behind.", read=read_artifacts),
    "telemetry": Section(doc="Where spans and metrics are sent.", read=_late("telemetry")),
    "webhooks": Section(doc="Where events are sent.", read=_late("webhooks"), is_collected=True),
    "services": Section(doc="HTTP services that steps call.", read=_late("services"), is_collected=True),
    "executors": Section(doc="Where steps run.", read=read_executors, is_collected=True),
    "workflows": Section(doc="What can be run.", read=_read_workflows, is_collected=True),
    "triggers": Section(doc="What starts runs by itself.", read=read_triggers, is_collected=True),
    "subscriptions": Section(doc="Which events go where.", read=_late("subscriptions"), is_collected=True),
    **{name: Section(doc=doc, later=doc) for name, doc in later.SECTIONS.items()},
}
