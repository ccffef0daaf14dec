"""Checks values against the types of an interface file, so that handlers see only what the file allows."""

import math
from collections.abc import Mapping
from typing import Any

from aegisd.core.interface import Array, Dictionary, Nullable, Reference, Scalar, Struct, Type

_LARGEST = 2**63


def find_misfit(declared: Struct, values: Mapping[str, Any], types: Mapping[str, Struct]) -> str | None:
    """The first of `values` that is unknown or of another type than `declared`, or that is missing; None when all fit.
    `types` are those that `declared` may refer to."""
    for name, value in values.items():
        if name not in declared.fields or not fits(value, declared.fields[name], types):
            return name
    for name, kind in declared.fields.items():
        if name not in values and not isinstance(kind, Nullable):
            return name
    return None


def fits(value: object, kind: Type, types: Mapping[str, Struct]) -> bool:
    """Whether `value` is of type `kind`; `types` are those that it may refer to."""
    match kind:
        case Nullable():
            return value is None or fits(value, kind.of, types)
        case Array():
            return isinstance(value, list) and all(fits(item, kind.of, types) for item in value)
        case Dictionary():
            return isinstance(value, dict) and all(_is_text(k) and fits(v, kind.of, types) for k, v in value.items())
        case Reference():
            return fits(value, types[kind.name], types)
        case Struct():
            return isinstance(value, dict) and _fits_struct(value, kind, types)
        case Scalar():
            return _fits_scalar(value, kind.name)


def _fits_struct(value: dict[str, Any], kind: Struct, types: Mapping[str, Struct]) -> bool:
    return value.keys() <= kind.fields.keys() and all(
        fits(value.get(name), of, types) for name, of in kind.fields.items()
    )


def _fits_scalar(value: object, name: str) -> bool:
    match value:
        case bool():
            return name == "bool"
        case int():
            return name in {"int", "float"} and -_LARGEST <= value < _LARGEST
        case float():
            return name == "float" and math.isfinite(value)
        case str():
            return name == "string" and _is_text(value)
        case _:
            return name == "object" and isinstance(value, dict)


def _is_text(value: str) -> bool:
    """Whether `value` can be an argument of a program: no NUL, no half of a surrogate pair."""
    return "\0" not in value and (value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value))
