"""One step: the keys that all steps take, and those of its type."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from aegisd.config.decode import INVALID
from aegisd.config.definitions import StepKeys
from aegisd.config.reading import Reading
from aegisd.config.slot import Slot, list_slots
from aegisd.config.table import Table, is_table, make_object, read_table
from aegisd.config.together import note_complaints
from aegisd.config.values import Path
from aegisd.config.visible import join_names, show_name
from aegisd.core.model import Step

_DEFAULT = "command"


@frozen(kw_only=True)
class Draft:
    """A step as far as it could be read. `name` is what others call it by; the class `spec_class` is None for an
    unknown type."""

    name: str
    type: str
    spec_class: Any
    values: Mapping[str, Any]
    path: Path
    where: str

    def make_step(self, reading: Reading) -> Step | None:
        """The step, or None where too much of it is missing."""
        spec = self._make_spec(reading)
        if spec is INVALID:
            return None
        common = {name: value for name, value in self.values.items() if name in list_slots(StepKeys)}
        known = {**getattr(spec, "step_defaults", {}), **common, "name": self.name, "type": self.type}
        return Step(spec=spec, origin=reading.origin(self.path), **known)

    def _make_spec(self, reading: Reading) -> Any:
        """The value of the type's own keys; a plugin's class may refuse them in its own way."""
        if self.spec_class is None:
            return INVALID
        try:
            return make_object(self.spec_class, self.values)
        except (TypeError, ValueError) as error:
            reading.error("AEG282", f"{self.where}: {error}", reading.key(self.path), path=self.path)
            return INVALID


def read_step(reading: Reading, value: Any, path: Path) -> Draft:
    """The step at `path`. Whatever is wrong is noted."""
    if not is_table(reading, Table(value=value, path=path, where="a step")):
        return Draft(name="", type="", spec_class=None, values={}, path=path, where="a step")
    kind = _find_type(reading, value, path)
    name = value.get("name") if isinstance(value.get("name"), str) else kind
    where = f'step "{show_name(name)}"' if name else f"step {int(path[-1]) + 1}"
    spec_class = reading.around.step_types.get(kind)
    reading.origins[path] = reading.origin(path)
    table = Table(value=value if spec_class else _common_part(value), path=path, where=where)
    values = read_table(reading, table, _list_keys(spec_class))
    note_complaints(reading, spec_class, values, path, where)
    return Draft(name=values.get("name", name), type=kind, spec_class=spec_class, values=values, path=path, where=where)


def _list_keys(spec_class: type[Any] | None) -> Mapping[str, Slot]:
    own = list_slots(spec_class) if spec_class else {}
    return {**list_slots(StepKeys), **own}


def _common_part(value: Mapping[str, Any]) -> dict[str, Any]:
    """What can be checked of a step whose type is unknown."""
    return {name: each for name, each in value.items() if name in list_slots(StepKeys)}


def _misspells_run(reading: Reading, value: Mapping[str, Any]) -> bool:
    """Whether a key that no step has was meant to be `run`: the message about that key then says all."""
    return any(reading.nearest(name, ("run", "type")) == "run" for name in value if name not in list_slots(StepKeys))


def _find_type(reading: Reading, value: Mapping[str, Any], path: Path) -> str:
    """The step's type as it stands, or the default. What is wrong with it is noted, unless it is not even a string."""
    known: Mapping[str, type] = reading.around.step_types
    place = (*path, "type")
    if "type" not in value:
        if "run" not in value and not _misspells_run(reading, value):
            message = "a step needs `run` or `type`"
            help_text = f"types: {join_names(list(known))}"
            reading.error("AEG025", message, reading.key(path), path=path, help=help_text)
            return ""
        return _DEFAULT
    kind = value["type"] if isinstance(value["type"], str) else ""
    if not kind or kind in known:
        return kind
    label = reading.suggest(kind, known, quote='"')
    listed = None if label else f"types: {join_names(list(known))}"
    message = f'there is no step type "{show_name(kind)}"'
    reading.error("AEG019", message, reading.value(place), path=place, label=label, help=listed)
    return kind
