"""The step types of this aegisd: those that ship with it, and those of plugins that the configuration allows.

A plugin is an installed distribution with an entry point in the group `aegis.steps`: its name is that of the step type,
its object a `StepType`. Only plugins that are named are imported, for to import is to run; a built-in type cannot be
replaced; a plugin that breaks while it is looked at is told as an error of the configuration and ends nothing.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
from attrs import evolve, frozen

from aegisd.core.model import Outcome
from aegisd.core.schema import declared_keys
from aegisd.steps import STEP_TYPES
from aegisd.steps.base import Attempting, StepType

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import EntryPoint

GROUP = "aegis.steps"


class PluginError(Exception):
    """A plugin cannot be used; the message says which and why."""


@frozen(kw_only=True)
class Offer:
    """A step type that is there: `source` says from where, `is_loaded` whether it can be used."""

    name: str
    source: str
    is_loaded: bool


class StepRegistry:
    """`types` has all step types that can be used; it grows and never shrinks, so that a run can end as it began."""

    def __init__(self) -> None:
        self.types: dict[str, StepType] = dict(STEP_TYPES)

    def load(self, name: str) -> type[Any]:
        """The class of keys of the plugin's step type `name`. Raises PluginError. Imports the plugin: blocks."""
        if name not in self.types:
            self.types[name] = _load_type(name)
        elif name in STEP_TYPES:
            message = f'"{name}" is a step type of aegis itself and cannot be replaced'
            raise PluginError(message)
        return self.types[name].spec

    def specs(self) -> dict[str, type[Any]]:
        """The class of keys of each step type."""
        return {name: kind.spec for name, kind in self.types.items()}

    def list_offers(self) -> list[Offer]:
        """All step types: built-in ones, plugins, and those that are installed and not allowed. Blocks."""
        known = [Offer(name=name, source=kind.source, is_loaded=True) for name, kind in self.types.items()]
        others = [point for point in sorted(_list_points(), key=lambda each: each.name) if point.name not in self.types]
        return [*known, *(Offer(name=each.name, source=_say_source(each), is_loaded=False) for each in others)]


def _list_points() -> "Sequence[EntryPoint]":
    from importlib.metadata import entry_points  # noqa: PLC0415 - 2 MiB that an aegisd without plugins does not need

    return list(entry_points(group=GROUP))


def _load_type(name: str) -> StepType:
    found = [point for point in _list_points() if point.name == name]
    if not found:
        message = f'no installed plugin has the step type "{name}"'
        raise PluginError(message)
    if len(found) > 1:
        message = f'"{name}" is offered by several plugins: {", ".join(map(_say_source, found))}'
        raise PluginError(message)
    source = _say_source(found[0])
    try:
        kind: object = found[0].load()
    except (Exception, SystemExit) as error:
        message = f'"{name}" of {source} cannot be loaded: {type(error).__name__}: {error}'
        raise PluginError(message) from error
    if not isinstance(kind, StepType):
        message = f'"{name}" of {source} is {type(kind).__name__}, not a StepType'
        raise PluginError(message)
    fault = _find_fault(kind, name)
    if fault is not None:
        message = f'"{name}" of {source} {fault}'
        raise PluginError(message)
    return evolve(kind, source=source, execute=partial(_execute, kind), describe=partial(_describe, kind))


def _find_fault(kind: StepType, name: str) -> str | None:
    """What is wrong with the step type of a plugin, in words that follow its name."""
    spec: Any = kind.spec
    if kind.name != name:
        return f'calls itself "{kind.name}"'
    if not attrs.has(spec):
        return "has a spec that is no attrs class"
    if len(declared_keys(spec)) != len(attrs.fields(spec)):
        return "has a spec with fields that are not made with key()"
    return None


async def _execute(kind: StepType, spec: Any, attempting: Attempting) -> Outcome:
    """A plugin may end its step, never aegisd."""
    try:
        return await kind.execute(spec, attempting)
    except SystemExit as error:
        message = f"the plugin called exit({error.code})"
        raise RuntimeError(message) from error


def _describe(kind: StepType, spec: Any) -> str:
    try:
        return str(kind.describe(spec))[:1000]
    except Exception:  # noqa: BLE001 - what people see of a step must not end its run
        return kind.name


def _say_source(point: "EntryPoint") -> str:
    """`aegis-wallop 1.2`."""
    return "an unknown distribution" if point.dist is None else f"{point.dist.name} {point.dist.version}"
