"""The keys of a table as the loader needs them: each with the type that its value becomes."""

import types
import typing
from functools import cache
from typing import Any

import attrs
from attrs import frozen

from aegisd.config.values import Path
from aegisd.core.schema import Key, declared_keys


@frozen(kw_only=True)
class Slot:
    """A declared key. `hint` is the type of its value, without `None`; `default` is NOTHING where it must be given."""

    name: str
    key: Key
    hint: Any
    default: Any

    @property
    def is_required(self) -> bool:
        """Whether the table is not valid without it."""
        return self.default is attrs.NOTHING and self.key.default_text is None


@frozen(kw_only=True)
class Given:
    """A value for a slot, where it stands (`path`), and in which table, in words (`where`: `step "unit"`)."""

    slot: Slot
    value: Any
    path: Path
    where: str

    @property
    def title(self) -> str:
        """How messages begin: `timeout` in step "unit"."""
        return f"`{self.slot.name}` in {self.where}"


def list_slots(owner: type[Any]) -> dict[str, Slot]:
    """The keys that the class `owner` declares, by name, in order."""
    hashable: Any = owner
    return _list_slots(hashable)


@cache
def _list_slots(owner: Any) -> dict[str, Slot]:
    hints = typing.get_type_hints(owner)
    return {
        name: Slot(name=name, key=key, hint=_without_none(hints[name]), default=_default(field))
        for name, (field, key) in declared_keys(owner).items()
    }


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) not in {typing.Union, types.UnionType}:
        return hint
    kept = [part for part in typing.get_args(hint) if part is not types.NoneType]
    return kept[0] if len(kept) == 1 else hint


def _default(field: "attrs.Attribute[Any]") -> Any:
    make = getattr(field.default, "factory", None)
    return make() if make else field.default
