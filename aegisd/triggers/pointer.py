"""Values of a payload as parameters of a workflow."""

import json
import math
from collections.abc import Mapping
from typing import Any

from aegisd.core.pointer import NoSuchValueError, read_pointer


class UnfitValueError(Exception):
    """What a pointer leads to cannot be a parameter."""


def read_params(payload: Any, wanted: Mapping[str, str]) -> dict[str, str]:
    """The parameters of `wanted` (name to key or JSON Pointer, RFC 6901) that the payload has.

    Text as it is, other values as JSON; null counts as absent. Raises UnfitValueError.
    """
    found = {}
    for name, pointer in wanted.items():
        value = find_value(payload, pointer)
        if value is not None:
            found[name] = _write(name, value)
    return found


def find_value(payload: Any, pointer: str) -> Any:
    """What `pointer`, a key or a JSON Pointer, leads to; None when there is nothing."""
    if not pointer.startswith("/"):
        return payload.get(pointer) if isinstance(payload, dict) else None
    try:
        return read_pointer(payload, pointer)
    except NoSuchValueError:
        return None


def _write(name: str, value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        message = f"the value of {name} is out of range"
        raise UnfitValueError(message)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        message = f"the value of {name} is not Unicode"
        raise UnfitValueError(message) from None
    return text
