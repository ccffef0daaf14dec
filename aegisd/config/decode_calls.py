"""TOML values to what calls over HTTP are made of: headers, fields and JSON. What cannot be sent is refused here."""

import math
import re
from typing import Any

from aegisd.config.reading import Reading
from aegisd.config.slot import Given
from aegisd.config.unfit import Unfit, check_each, check_text, name_type, refuse_kind
from aegisd.config.visible import show_name

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")
_OURS = frozenset({"connection", "content-length", "host", "idempotency-key", "te", "trailer", "transfer-encoding"})
_DEEPEST = 32
_LARGEST = 2**53


def decode_headers(_: Reading, given: Given, value: Any) -> dict[str, str]:
    """Headers by name. Raises Unfit."""
    if not isinstance(value, dict):
        raise refuse_kind(given, value, help='write { Accept = "application/json" }')
    check_each(value.items(), lambda item: _check_header(given, item))
    return dict(value)


def decode_fields(_: Reading, given: Given, value: Any) -> dict[str, str]:
    """Fields of a form or a query by name, as text. Raises Unfit."""
    if not isinstance(value, dict):
        raise refuse_kind(given, value, help='write { NAME = "value" }')
    found: dict[str, str] = {}
    check_each(value.items(), lambda item: found.update({item[0]: _read_field(given, item)}))
    return found


def decode_json(_: Reading, given: Given, value: Any) -> Any:
    """A value that JSON can say. Raises Unfit."""
    _check_json(given, value, (), _DEEPEST)
    return value


def _check_header(given: Given, item: tuple[str, Any]) -> None:
    name, value = item
    shown = f'{given.title}: "{show_name(name)}"'
    if not _TOKEN.fullmatch(name):
        help_text = "letters, digits and a few signs such as -"
        raise Unfit("AEG286", f"{shown} cannot be the name of a header", help=help_text, below=(name,), at_key=True)
    if name.lower() in _OURS:
        raise Unfit("AEG286", f"{shown} is set by aegis itself", help="take it out", below=(name,), at_key=True)
    if _UNSENDABLE.search(check_text(given, value, below=(name,), each=True)):
        message = f"{shown} has a value that no header can have"
        raise Unfit("AEG286", message, help="Latin letters on one line", below=(name,))


def _read_field(given: Given, item: tuple[str, Any]) -> str:
    name, value = item
    if isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return check_text(given, value, below=(name,), each=True)


def _check_json(given: Given, value: Any, below: tuple[str | int, ...], left: int) -> None:
    if isinstance(value, dict | list):
        if not left:
            raise Unfit("AEG287", f"{given.title} is nested more than {_DEEPEST} deep", below=below)
        items = value.items() if isinstance(value, dict) else enumerate(value)
        check_each(items, lambda item: _check_json(given, item[1], (*below, item[0]), left - 1))
    elif isinstance(value, float) and not math.isfinite(value):
        raise Unfit("AEG287", f"{given.title} holds {value}, which JSON cannot say", below=below)
    elif isinstance(value, int) and abs(value) > _LARGEST:
        raise Unfit("AEG287", f"{given.title} holds a number that readers of JSON would round", below=below)
    elif not isinstance(value, str | bool | int | float):
        raise Unfit("AEG287", f"{given.title} holds {name_type(value)}, which JSON cannot say", below=below)
