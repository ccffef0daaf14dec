"""One file as TOML: the parsed table with the places of its keys. Syntax errors get the place that tomllib names.

What the index finds too deep or too much is refused before tomllib sees it: there it would take quadratic time.
"""

import re
import tomllib
from typing import Any

from aegisd.config.index import Index, build_index
from aegisd.config.reading import Reading, Surroundings
from aegisd.config.source import Source
from aegisd.config.visible import show_name

_AT = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_MANY_DIGITS = re.compile(r"[0-9_]{1000}")
_BEHIND = {"Unescaped '\\' in a string": 2}
_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot redefine", "Cannot mutate", "Duplicate inline")
_HELP = {
    "Invalid value": 'strings stand in quotes: key = "text"',
    "Unterminated string": "the quotes are not closed",
    "Unclosed array": "elements are separated by commas, and ] closes the list",
    "Unclosed inline table": "entries are separated by commas, and } closes the table",
}


def parse_document(source: Source, *, directory: str, around: Surroundings) -> tuple[Reading, dict[str, Any]]:
    """The tables of `source`, empty when it is not TOML, and a Reading to go on with."""
    index = build_index(source.text)
    reading = Reading(source=source, index=index, directory=directory, around=around)
    if index.excess is not None:
        message, offset = index.excess
        reading.error("AEG005", message, (offset, offset + 1))
        return reading, {}
    try:
        return reading, tomllib.loads(source.text)
    except (ValueError, RecursionError, OverflowError) as error:
        _note_syntax(reading, index, str(error))
    return reading, {}


def _note_syntax(reading: Reading, index: Index, message: str) -> None:
    match = _AT.fullmatch(message)
    what = match[1] if match else "a number has too many digits"
    if index.twice and what.startswith(_TWICE):
        path, first, second = index.twice
        also = reading.place(first, "first given here")
        reading.error("AEG002", f"`{show_name(path[-1])}` is given twice", second, path=path, also=also)
        return
    offset = _find_offset(reading.source, index, match)
    text = f"not TOML: {what[:1].lower()}{what[1:]}"
    reading.error("AEG001", text, (offset, offset + 1), help=_HELP.get(what))


def _find_offset(source: Source, index: Index, match: re.Match[str] | None) -> int:
    if match is None:
        digits = _MANY_DIGITS.search(source.text)
        return digits.start() if digits else 0
    if match[2] is not None:
        return source.offset(int(match[2]), int(match[3])) - _BEHIND.get(match[1], 0)
    if index.stopped is not None and index.stopped < len(source.text):
        return index.stopped
    return max(len(source.text.rstrip()) - 1, 0)
