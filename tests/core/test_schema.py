"""Declaring keys: what the loader, `explain` and the reference read."""

from typing import Any

import attrs
import pytest
from attrs import frozen

from aegisd.core.schema import Kind, declared_keys, key
from aegisd.steps import SPECS


@frozen(kw_only=True)
class _Spec:
    must: str = key(Kind.TEXT, "A text.", example='"x"')
    may: int = key(Kind.COUNT, "A number.", example="3", default=3, minimum=1, maximum=9)
    table: dict[str, str] = key(Kind.TEXT_MAP, "A table.", example="{}", factory=dict, template=True)  # noqa: RUF009 - attrs makes a field of it
    inner: int = 5


def test_keys_in_order() -> None:
    """Fields made by `key` are keys, in order, with their bounds; others are not."""
    keys = declared_keys(_Spec)
    assert list(keys) == ["must", "may", "table"]
    known = keys["may"][1]
    assert (known.kind, known.minimum, known.maximum, known.example) == (Kind.COUNT, 1, 9, "3")
    assert keys["table"][1].template


def test_defaults() -> None:
    """A key without a default must be given; tables are made anew for each value."""
    assert _Spec(must="x") == _Spec(must="x", may=3, table={}, inner=5)
    assert _Spec(must="x").table is not _Spec(must="x").table
    with pytest.raises(TypeError, match="must"):
        _Spec()  # type: ignore[call-arg]


@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
def test_every_step_type_declares_all_it_takes(spec: type[Any]) -> None:
    """Each field of a step type's spec is a key with a sentence and an example."""
    keys = declared_keys(spec)
    assert list(keys) == [field.name for field in attrs.fields(spec)]
    assert all(known.doc.endswith(".") and known.example for _, known in keys.values())
