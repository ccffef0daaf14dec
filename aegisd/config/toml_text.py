"""Values as TOML. What is written here, `tomllib` reads back as the same value."""

import json
from collections.abc import Mapping
from typing import Any

from aegisd.config.visible import is_control
from aegisd.core.schema import Kind
from aegisd.wire.units import format_limit, parse_duration

_SIZES = (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def format_value(value: Any, kind: Kind | None = None) -> str:
    """`value` on one line, durations and sizes in their shortest spelling."""
    if kind is Kind.DURATION:
        return _format_duration(value)
    if kind is Kind.SIZE:
        return _format_size(value)
    if isinstance(value, str):
        return format_text(str(value))
    if isinstance(value, bool | int | float):
        return repr(value).lower()
    if isinstance(value, Mapping):
        return format_table({name: format_value(each) for name, each in value.items()})
    return f"[{', '.join(format_value(each) for each in value)}]"


def format_table(entries: Mapping[str, str]) -> str:
    """An inline table of values that are TOML already."""
    inner = ", ".join(f"{format_key(name)} = {text}" for name, text in entries.items())
    return f"{{ {inner} }}" if inner else "{}"


def format_text(text: str) -> str:
    """`text` as a basic string; nothing in it can act on a terminal."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(f"\\u{ord(char):04x}" if is_control(char) else char for char in quoted)


def format_key(name: str) -> str:
    """`name` as a key, in quotes where it needs them."""
    is_bare = name != "" and name.isascii() and name.replace("-", "_").replace("_", "a").isalnum()
    return name if is_bare else format_text(name)


def _format_duration(seconds: float) -> str:
    text = format_limit(seconds)
    return format_text(text) if parse_duration(text) == seconds else repr(seconds)


def _format_size(size: int) -> str:
    for unit, count in _SIZES:
        if size and size % count == 0:
            return format_text(f"{size // count}{unit}")
    return str(size)
