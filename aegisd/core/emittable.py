"""What users may emit: `custom.*` with any data, and the types of `EMITTABLE` with the fields of their classes. Pure.

Hostile data comes in here: from a step, a script, a configuration. What passes can be stored, encoded and read again.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

import attrs
import msgspec

from aegisd.core.events import EMITTABLE, EventData
from aegisd.core.events.custom import PREFIX, Custom

MOST_BYTES = 64 * 1024
"""The size of the data of one event, as JSON."""

_MOST_DEPTH = 16
_INTEGERS = range(-(2**63), 2**63)
_NAME = re.compile(r"custom(?:\.[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?){1,4}")
_SHAPE = "custom. and then words of a-z, 0-9, _ and -, such as custom.deploy.finished"


class EmitError(ValueError):
    """It cannot be emitted; the message says why, `hint` what to write instead."""

    def __init__(self, *, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def make_data(
    name: str, fields: Mapping[str, Any], *, by: str | None = None, registered: Mapping[str, type[Any]] = EMITTABLE
) -> EventData:
    """The data of an event of the type `name`. `by` is added to the fields of a custom one. Raises EmitError."""
    check_type(name, registered=registered)
    check_data(fields)
    if name.startswith(PREFIX):
        return Custom(type=name, fields={**({"by": by} if by else {}), **fields})
    return _fit(name, fields, registered[name])


def check_data(fields: Mapping[str, Any]) -> None:
    """Raises EmitError when `fields` cannot be the data of an event."""
    _check_value(fields, depth=0)
    if "by" in fields:
        raise EmitError(message='"by" is for aegisd to fill in', hint="call it something else, such as author=...")
    if len(msgspec.json.encode(fields)) > MOST_BYTES:
        raise EmitError(
            message=f"the data is above {MOST_BYTES // 1024} KiB", hint="put it into a file, and name that here"
        )


def check_type(name: str, *, registered: Mapping[str, type[Any]] = EMITTABLE) -> None:
    """Raises EmitError when `name` is no type of event that users may emit."""
    if name in registered or _NAME.fullmatch(name):
        return
    shown = name[:60]
    if name.startswith(PREFIX) or name == "custom":
        raise EmitError(message=f'"{shown}" is not a type of event', hint=f"write {_SHAPE}")
    known = f"; or one of {', '.join(registered)}" if registered else ""
    raise EmitError(message=f'events of the type "{shown}" are aegisd\'s own', hint=f"yours begin with {_SHAPE}{known}")


def _fit(name: str, fields: Mapping[str, Any], kind: type[Any]) -> EventData:
    known = [field.name for field in attrs.fields(kind)]
    unknown = [key for key in fields if key not in known]
    if unknown:
        raise EmitError(message=f'{name} has no field "{unknown[0][:60]}"', hint=f"its fields: {', '.join(known)}")
    try:
        data: EventData = msgspec.convert(fields, kind)
    except ValueError as error:
        raise EmitError(message=f"{name}: {error}", hint=f"its fields: {', '.join(known)}") from None
    return data


def _check_value(value: object, *, depth: int) -> None:
    """Whether JSON can say `value`, and every reader read it again."""
    if depth > _MOST_DEPTH:
        raise EmitError(message=f"the data is nested deeper than {_MOST_DEPTH} levels")
    match value:
        case Mapping():
            for key, each in value.items():
                _check_value(str(key), depth=depth)
                _check_value(each, depth=depth + 1)
        case list() | tuple():
            for each in value:
                _check_value(each, depth=depth + 1)
        case str() if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise EmitError(message="the data holds a character that is none (half of a surrogate pair)")
        case float() if not math.isfinite(value):
            raise EmitError(message="the data holds a number that is not finite")
        case int() if value not in _INTEGERS:
            raise EmitError(message="the data holds a whole number of more than 64 bits", hint="write it as a string")
        case None | bool() | int() | float() | str():
            pass
        case _:
            raise EmitError(message=f"the data holds a {type(value).__name__}, which JSON does not have")
