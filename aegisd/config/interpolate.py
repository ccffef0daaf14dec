"""`${NAME}` in a string: a variable of the daemon's environment, or a systemd credential of that name.

`$${NAME}` is a literal `${NAME}`. A name that is not there is an error, never an empty string. `run` of a step is left
alone: there `${NAME}` belongs to the shell.
"""

import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from aegisd.config.reading import Reading
from aegisd.config.source import SourceError, decode_source
from aegisd.config.values import Path
from aegisd.config.visible import show_name
from aegisd.core.variables import VARIABLE

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LARGEST_CREDENTIAL = 2**20


class Missing(Exception):  # noqa: N818 - an answer of find_variable
    """There is no such variable; the message says what there is instead."""


def interpolate(reading: Reading, value: Any, path: Path) -> Any:
    """`value` with the variables put into its strings, at any depth; None for a string that is broken."""
    if isinstance(value, str):
        return _interpolate_text(reading, value, path)
    if isinstance(value, list):
        return [interpolate(reading, each, (*path, place)) for place, each in enumerate(value)]
    if isinstance(value, dict):
        return {name: interpolate(reading, each, (*path, name)) for name, each in value.items()}
    return value


def fill_gaps(value: Any) -> tuple[Any, bool]:
    """What `interpolate` gave, with empty strings for broken ones, so that the rest can be checked; and whether there
    were any. TOML itself has no None."""
    if isinstance(value, list):
        parts = [fill_gaps(each) for each in value]
        return [part for part, _ in parts], any(broken for _, broken in parts)
    if isinstance(value, dict):
        filled = {name: fill_gaps(each) for name, each in value.items()}
        return {name: part for name, (part, _) in filled.items()}, any(broken for _, broken in filled.values())
    return ("", True) if value is None else (value, False)


def _interpolate_text(reading: Reading, text: str, path: Path) -> str | None:
    if "${" not in text:
        return text
    found: dict[str, str | None] = {}
    for match in VARIABLE.finditer(text):
        if match[0] not in found:
            found[match[0]] = match[1] or _look_up(reading, match, path)
    reading.written[path] = text
    if None in found.values():
        return None
    filled = reading.filled[path] = VARIABLE.sub(lambda match: found[match[0]] or "", text)
    return filled


def _look_up(reading: Reading, match: re.Match[str], path: Path) -> str | None:
    name, span = match[2], reading.within(path, VARIABLE, match[0])
    if not match[3] or not _NAME.fullmatch(name):
        message = f'"{show_name(match[0])}" is not a variable: between ${{ and }} stands a name'
        reading.error("AEG009", message, span, path=path, help=f'write "${show_name(match[0])}" for the text itself')
        return None
    try:
        return find_variable(name, reading.around.environment)
    except Missing as missing:
        label = reading.suggest(name, _similar(name, reading), quote="")
        reading.error("AEG008", f"{missing}", span, path=path, label=label, help=_HELP)
    except SourceError as error:
        reading.error(error.code, f"the variable {name}: {error.message}", span, path=path)
    return None


_HELP = "set it for aegisd (Environment= or LoadCredential= of its unit), or write $${NAME} for the text itself"


def find_variable(name: str, environment: Mapping[str, str]) -> str:
    """The value of `name`. Raises Missing, and SourceError when there is one that cannot be used."""
    value = environment.get(name)
    if value is None and _NAME.fullmatch(name) and (folder := environment.get("CREDENTIALS_DIRECTORY")):
        value = _read_credential(folder, name)
    if value is None:
        message = f"the variable {show_name(name)} is not set"
        raise Missing(message)
    try:
        value.encode()
    except UnicodeEncodeError:
        code, message = "AEG004", "its value is not UTF-8"
        raise SourceError(code, message) from None
    return value


def _read_credential(folder: str, name: str) -> str | None:
    """The credential without the line break at its end."""
    try:
        with FilePath(folder, name).open("rb") as file:
            data = file.read(_LARGEST_CREDENTIAL)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        code, message = "AEG003", f"cannot read its credential: {getattr(error, 'strerror', error)}"
        raise SourceError(code, message) from None
    return decode_source(data, name=name).text.removesuffix("\n")


def _similar(name: str, reading: Reading) -> list[str]:
    """Names of the environment that are spelled almost so. The others are nobody's business."""
    return [known for known in reading.around.environment if known[:2].lower() == name[:2].lower()]
