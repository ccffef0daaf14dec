"""JSON Pointer (RFC 6901): `/routes/0/path` names a value inside a JSON document. Pure.

The empty pointer is the whole document. In a part between slashes `~1` stands for `/` and `~0` for `~`. The `-` of the
RFC (the element after the last one of a list) names nothing here: there is only reading.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_INDEX = re.compile(r"0|[1-9][0-9]{0,15}")
_BAD_ESCAPE = re.compile(r"~(?![01])")


class NoSuchValueError(LookupError):
    """A document has no value where a pointer leads; the message says how far it led."""


def check_pointer(pointer: str) -> None:
    """Raises ValueError when `pointer` is none."""
    if pointer and not pointer.startswith("/"):
        message = "a JSON Pointer begins with /"
        raise ValueError(message)
    if _BAD_ESCAPE.search(pointer):
        message = "in a JSON Pointer ~ is written ~0"
        raise ValueError(message)


def read_pointer(document: Any, pointer: str) -> Any:
    """The value in `document` that `pointer` names. Raises NoSuchValueError."""
    value, way = document, ""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif _is_list(value) and _INDEX.fullmatch(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            message = f"{way or 'it'} has no {part}"
            raise NoSuchValueError(message)
        way += f"/{part}"
    return value


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
