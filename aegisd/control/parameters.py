"""Checks values against the types of an interface file, so that handlers see only what the file allows."""

import math
from collections.abc import Mapping
from typing import Any

from aegisd.control.interface import Array, Dictionary, Interface, Method, Nullable, Reference, Scalar, Struct, Type
from aegisd.wire.errors import CallError

_LARGEST = 2**63


def check_parameters(interface: Interface, method: Method, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`parameters` of a call without those that are null. Raises CallError InvalidParameter with the first bad name."""
    declared = method.parameters.fields
    for name, value in parameters.items():
        if name not in declared or not fits(value, declared[name], interface.types):
            raise _invalid(name)
    for name, kind in declared.items():
        if name not in parameters and not isinstance(kind, Nullable):
            raise _invalid(name)
    return {name: value for name, value in parameters.items() if value is not None}


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


def _invalid(name: str) -> CallError:
    message = f'"{name}" is unknown, is missing or has the wrong type'
    return CallError("org.varlink.service.InvalidParameter", message, parameter=name)
