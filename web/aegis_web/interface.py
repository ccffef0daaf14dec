"""The types of the control interface, which are those of the HTTP API as well."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from aegisd import wire
from aegisd.core.interface import Interface, Struct, Type, load_interface, parse_interface
from aegisd.wire.errors import INTERFACE

CONTROL: Interface = load_interface(Path(wire.__file__).with_name(f"{INTERFACE}.varlink"))
TYPES: Mapping[str, Struct] = CONTROL.types


@cache
def parse_type(text: str) -> Type:
    """The type that `text` is: `Run`, `[]Run`, `(run: int)`, or `GetRun()` for what that method replies."""
    if text.endswith("()") and text != "()":
        return CONTROL.methods[text.removesuffix("()")].reply
    return parse_interface(f"interface x\ntype Whole (it: {text})").types["Whole"].fields["it"]


def parse_struct(text: str) -> Struct:
    """The struct that `text` is. Raises ValueError when it is another type."""
    parsed = parse_type(text)
    if not isinstance(parsed, Struct):
        message = f"{text!r} is not a struct"
        raise ValueError(message)  # noqa: TRY004 - about the text
    return parsed
