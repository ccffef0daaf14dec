"""TOML values to the values that keys hold: one function per kind, and what each refuses.

A function gets a value and returns what it becomes. It raises Unfit with the code, the message and the hint; `decode`
makes a problem of it and returns INVALID.
"""

import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any, Final

from aegisd.config.decode_calls import decode_fields, decode_headers, decode_json
from aegisd.config.interpolate import fill_gaps, interpolate
from aegisd.config.reading import Reading
from aegisd.config.slot import Given
from aegisd.config.unfit import Unfit, check_bounds, check_each, check_env_name, check_name, check_text, refuse_kind
from aegisd.config.values import Path
from aegisd.core.emittable import EmitError, check_data, check_type
from aegisd.core.schema import Kind
from aegisd.wire.units import DURATION_HINT, SIZE_HINT, check_duration, parse_duration, parse_size

INVALID: Final = object()

_LONGEST_UNIT = 64
_LARGEST = 2**53


def decode(reading: Reading, given: Given) -> Any:
    """What `given` becomes, or INVALID with its problems noted."""
    value, is_broken = given.value, False
    if given.slot.key.kind is not Kind.COMMAND:
        value, is_broken = fill_gaps(interpolate(reading, value, given.path))
        if is_broken and isinstance(value, str):
            return INVALID
    result: Any = INVALID
    try:
        result = _DECODERS[given.slot.key.kind](reading, given, value)
    except* Unfit as group:
        for unfit in group.exceptions:
            note_unfit(reading, given.path, unfit)
    return INVALID if is_broken else result


def note_unfit(reading: Reading, at: Path, unfit: BaseException) -> None:
    """Make a problem of `unfit`, found in the value of the key `at`."""
    if isinstance(unfit, BaseExceptionGroup):
        for each in unfit.exceptions:
            note_unfit(reading, at, each)
    elif isinstance(unfit, Unfit):
        path = (*at, *unfit.below)
        span = reading.key(path) if unfit.at_key else reading.value(path)
        reading.error(unfit.code, unfit.message, span, path=path, label=unfit.label, help=unfit.help)


def _decode_text(_: Reading, given: Given, value: Any) -> str:
    return check_text(given, value)


def _decode_name(reading: Reading, given: Given, value: Any) -> str:
    return check_name(given.title, check_text(given, value), shown=reading.raw(given.path))


def _decode_flag(_: Reading, given: Given, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise refuse_kind(given, value, help="write true or false, without quotes" if isinstance(value, str) else None)


def _decode_count(reading: Reading, given: Given, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise refuse_kind(given, value, help="write it without quotes" if isinstance(value, str) else None)
    if abs(value) > _LARGEST:
        raise Unfit("AEG015", f"{given.title} is out of range: {reading.raw(given.path)}")
    return int(check_bounds(given, value))


def _decode_number(_: Reading, given: Given, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise refuse_kind(given, value)
    if abs(value) > _LARGEST or not math.isfinite(value):
        raise Unfit("AEG015", f"{given.title} is not a finite number")
    return float(check_bounds(given, value))


def _decode_duration(reading: Reading, given: Given, value: Any, below: Path = ()) -> float:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise refuse_kind(given, value, help=DURATION_HINT, below=below, each=bool(below), expected="a duration")
    try:
        seconds = float(check_duration(value) if not isinstance(value, str) else parse_duration(_short(value)))
    except (ValueError, OverflowError) as error:
        message = f"{given.title} is not a duration: {reading.raw((*given.path, *below))}"
        if "out of range" in str(error):
            message = f"{given.title} is out of range: a duration lies between 0 and 10 years"
        raise Unfit("AEG015", message, help=DURATION_HINT, below=below) from None
    return float(check_bounds(given, seconds, unit=" s", below=below))


def _decode_durations(reading: Reading, given: Given, value: Any) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise refuse_kind(given, value, help='write ["0s", "5s", "1m"]')
    found: list[float] = []
    check_each(enumerate(value), lambda item: found.append(_decode_duration(reading, given, item[1], (item[0],))))
    return tuple(found)


def _decode_size(reading: Reading, given: Given, value: Any) -> int:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise refuse_kind(given, value, help=SIZE_HINT)
    try:
        size = parse_size(_short(value)) if isinstance(value, str) else value
    except ValueError:
        message = f"{given.title} is not a size: {reading.raw(given.path)}"
        raise Unfit("AEG015", message, help=SIZE_HINT) from None
    if not 0 <= size <= 2**50:
        raise Unfit("AEG015", f"{given.title} is out of range: a size lies between 0 and 1024 TiB")
    return int(check_bounds(given, size, unit=" bytes"))


def _short(text: str) -> str:
    if len(text) > _LONGEST_UNIT:
        message = "too long"
        raise ValueError(message)
    return text


def _decode_path(reading: Reading, given: Given, value: Any) -> str:
    text = check_text(given, value)
    if not text:
        raise Unfit("AEG015", f"{given.title} is empty", help="leave it out for the default")
    if text.startswith("~"):
        help_text = "a configuration has no ~: write ${HOME}, or the whole path"
        raise Unfit("AEG015", f"{given.title} begins with ~", help=help_text)
    return os.path.normpath(FilePath(reading.directory, text))


def _decode_choice(reading: Reading, given: Given, value: Any) -> Any:
    choices = [member.value for member in given.slot.hint]
    text = check_text(given, value)
    if text not in choices:
        near = reading.nearest(text, choices)
        message = f"{given.title} cannot be {reading.raw(given.path)}"
        label = f'did you mean "{near}"?' if near else None
        raise Unfit("AEG016", message, label=label, help=f"one of: {', '.join(choices)}")
    return given.slot.hint(text)


def _decode_command(_: Reading, given: Given, value: Any) -> str | tuple[str, ...]:
    if isinstance(value, str):
        if not value.strip():
            raise Unfit("AEG036", f"{given.title} is empty")
        return check_text(given, value)
    if not isinstance(value, list):
        raise refuse_kind(given, value, help='a string for sh, or a list such as ["make", "test"]')
    if not value or value[0] == "":
        raise Unfit("AEG036", f"{given.title} names no program")
    return _each_text(given, value)


def _decode_texts(_: Reading, given: Given, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        help_text = f'write ["{value[:40]}"]' if isinstance(value, str) else None
        raise refuse_kind(given, value, help=help_text)
    return _each_text(given, value)


def _decode_secrets(_: Reading, given: Given, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (check_text(given, value),)
    if not isinstance(value, list):
        raise refuse_kind(given, value)
    if not value:
        raise Unfit("AEG015", f"{given.title} is empty")
    return _each_text(given, value)


def _decode_counts(_: Reading, given: Given, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list):
        help_text = f"write [{value}]" if isinstance(value, int) and abs(value) < _LARGEST else None
        raise refuse_kind(given, value, help=help_text)
    check_each(enumerate(value), lambda item: _check_count(given, item))
    return tuple(value)


def _check_count(given: Given, item: tuple[int, Any]) -> None:
    place, each = item
    if not isinstance(each, int) or isinstance(each, bool):
        raise refuse_kind(given, each, below=(place,), expected="a whole number", each=True)
    check_bounds(given, each, below=(place,))


def _decode_text_map(_: Reading, given: Given, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise refuse_kind(given, value, help='write { NAME = "value" }')
    check_each(value.items(), lambda item: _check_variable(given, item))
    return dict(value)


def _check_variable(given: Given, item: tuple[str, Any]) -> None:
    name, each = item
    check_env_name(given, name)
    check_text(given, each, below=(name,), each=True)


def _each_text(given: Given, value: list[Any]) -> tuple[str, ...]:
    check_each(enumerate(value), lambda item: check_text(given, item[1], below=(item[0],), each=True))
    return tuple(value)


def _decode_event(reading: Reading, given: Given, value: Any) -> str:
    name = check_text(given, value)
    try:
        check_type(name)
    except EmitError as error:
        raise Unfit("AEG261", f"{given.title} cannot be {reading.raw(given.path)}: {error}", help=error.hint) from None
    return name


def _decode_data(_: Reading, given: Given, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise refuse_kind(given, value, help='write { name = "value" }')
    try:
        check_data(value)
    except EmitError as error:
        raise Unfit("AEG262", f"{given.title} cannot be in an event: {error}", help=error.hint) from None
    return value


_Decoder = Callable[[Reading, Given, Any], Any]

_DECODERS: Mapping[Kind, _Decoder] = {
    Kind.TEXT: _decode_text,
    Kind.NAME: _decode_name,
    Kind.FLAG: _decode_flag,
    Kind.COUNT: _decode_count,
    Kind.NUMBER: _decode_number,
    Kind.DURATION: _decode_duration,
    Kind.SIZE: _decode_size,
    Kind.PATH: _decode_path,
    Kind.CHOICE: _decode_choice,
    Kind.COMMAND: _decode_command,
    Kind.TEXTS: _decode_texts,
    Kind.SOME_TEXTS: _decode_secrets,
    Kind.DURATIONS: _decode_durations,
    Kind.COUNTS: _decode_counts,
    Kind.SECRETS: _decode_secrets,
    Kind.TEXT_MAP: _decode_text_map,
    Kind.EVENT: _decode_event,
    Kind.DATA: _decode_data,
    Kind.HEADERS: decode_headers,
    Kind.FIELDS: decode_fields,
    Kind.JSON: decode_json,
}
