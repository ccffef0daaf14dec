"""Why a value does not fit its key, and the checks that several kinds share."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from aegisd.config.slot import Given
from aegisd.config.values import Path
from aegisd.config.visible import show_name
from aegisd.core.schema import Kind

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME_HELP = "letters, digits, . _ and -, at most 64, beginning with a letter or digit"
_VARIABLE_HELP = "letters, digits and _, not beginning with a digit"

_WORDS = {
    Kind.TEXT: "a string",
    Kind.NAME: "a string",
    Kind.FLAG: "true or false",
    Kind.COUNT: "a whole number",
    Kind.NUMBER: "a number",
    Kind.DURATION: "a duration",
    Kind.SIZE: "a size",
    Kind.PATH: "a string",
    Kind.CHOICE: "a string",
    Kind.COMMAND: "a string or a list of strings",
    Kind.TEXTS: "a list of strings",
    Kind.SECRETS: "a string or a list of strings",
    Kind.SOME_TEXTS: "a string or a list of strings",
    Kind.DURATIONS: "a list of durations",
    Kind.COUNTS: "a list of whole numbers",
    Kind.TEXT_MAP: "a table of strings",
    Kind.EVENT: "a string",
    Kind.DATA: "a table",
    Kind.HEADERS: "a table of strings",
    Kind.FIELDS: "a table of strings, numbers and flags",
    Kind.JSON: "a value",
    Kind.TABLE: "a table",
}
_TYPES = {
    bool: "true or false",
    str: "a string",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


class Unfit(Exception):  # noqa: N818 - becomes a problem, never crosses a door
    """A value cannot be used. `below` leads from the value to the part of it that is wrong."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        label: str | None = None,
        help: str | None = None,
        below: Path = (),
        at_key: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.label = label
        self.help = help
        self.below = below
        self.at_key = at_key


def refuse_kind(
    given: Given,
    value: Any,
    *,
    help: str | None = None,
    below: Path = (),
    expected: str | None = None,
    each: bool = False,
) -> Unfit:
    """The refusal of a value of another type than the key takes; with `each`, of an element of the value."""
    subject = f"each value of {given.title}" if each else given.title
    message = f"{subject} must be {expected or _WORDS[given.slot.key.kind]}, not {name_type(value)}"
    return Unfit("AEG014", message, help=help, below=below)


def name_type(value: Any) -> str:
    """What a TOML value is, in words."""
    return _TYPES.get(type(value), "a date or time")


def check_text(given: Given, value: Any, *, below: Path = (), each: bool = False) -> str:
    """`value` itself when it is a string without NUL. Raises Unfit."""
    if not isinstance(value, str):
        help_text = "put it in quotes" if isinstance(value, bool | int | float) else None
        raise refuse_kind(given, value, below=below, expected="a string", each=each, help=help_text)
    if "\0" in value:
        raise Unfit("AEG033", f"{given.title} holds a NUL character", below=below)
    return value


def check_name(title: str, name: str, *, shown: str, at_key: bool = False) -> str:
    """`name` itself when it is one. Raises Unfit with the name as it is written (`shown`): variables are not told."""
    if not _NAME.fullmatch(name):
        raise Unfit("AEG017", f"{title}: {shown} is not a name", help=_NAME_HELP, at_key=at_key)
    return name


def is_variable(name: str) -> bool:
    """Whether `name` can be that of an environment variable or a parameter."""
    return _VARIABLE.fullmatch(name) is not None


def check_env_name(given: Given, name: str) -> None:
    """Raises Unfit when `name` cannot be that of an environment variable."""
    if not is_variable(name):
        message = f'{given.title}: "{show_name(name)}" cannot be the name of a variable'
        raise Unfit("AEG032", message, help=_VARIABLE_HELP, below=(name,), at_key=True)


def check_bounds(given: Given, value: Any, *, unit: str = "", below: Path = ()) -> Any:
    """The number `value` itself when it lies within the bounds of the key. Raises Unfit."""
    low, high = given.slot.key.minimum, given.slot.key.maximum
    if (low is None or value >= low) and (high is None or value <= high):
        return value
    shown = f"{value:g}" if isinstance(value, float) else f"{value}" if abs(value) < 2**63 else "this"
    message = f"{given.title} must be {show_bounds(low, high)}{unit}, not {shown}"
    raise Unfit("AEG015", message, below=below)


def show_bounds(low: float | None, high: float | None) -> str:
    """`between 0 and 1000`, `at least 1`."""
    lowest = "" if low is None else f"{low:,.10g}"
    highest = "" if high is None else f"{high:,.10g}"
    if lowest and highest:
        return f"between {lowest} and {highest}"
    return f"at least {lowest}" if lowest else f"at most {highest}"


def check_each(values: Iterable[Any], check: Callable[[Any], object]) -> None:
    """Run `check` on each of `values`; what is unfit is raised together, so that no problem hides another."""
    found: list[Unfit] = []
    for value in values:
        try:
            check(value)
        except Unfit as unfit:
            found.append(unfit)
    if found:
        message = "several values"
        raise ExceptionGroup(message, found)
