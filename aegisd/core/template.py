"""`{name}` and `{steps.NAME./pointer}` in the values of a step: a parameter, and a result of an earlier step. Pure.

- `{name}` of a known parameter is replaced; `{{name}}` of a known parameter is a literal `{name}`.
- `{steps.NAME./pointer}` is the value that a JSON Pointer names in the data of the step NAME, `{steps.NAME}` all of its
  data; `{{steps.NAME./pointer}}` is that text itself.
- Everything else stays as it is: `{}`, `{other}`, `{{other}}`, `{print $1}`, and `${name}`, which belongs to shells.
- What is put in is not looked at again, so no value can bring in another one.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aegisd.core.codec import encode_value

REFERENCE = re.compile(r"(?<!\$)(?:\{\{([A-Za-z_][A-Za-z0-9_]*+)\}\}|\{([A-Za-z_][A-Za-z0-9_]*+)\})")
"""Finds `{{name}}` (group 1) and `{name}` (group 2)."""

_STEP = r"steps\.([A-Za-z0-9][A-Za-z0-9._-]*?)(?:\.(/[^{}]*+))?"
STEP_REFERENCE = re.compile(rf"(?<!\$)(?:\{{\{{{_STEP}\}}\}}|\{{{_STEP}\}})")
"""Finds `{{steps.NAME./pointer}}` (groups 1 and 2) and `{steps.NAME./pointer}` (groups 3 and 4)."""

_EITHER = re.compile(f"{STEP_REFERENCE.pattern}|{REFERENCE.pattern}")

ReadResult = Callable[[str, str], Any]
"""Gives the value that a pointer names in the data of a step. Raises UnresolvedError."""


class UnresolvedError(Exception):
    """An earlier result that a step asks for is not there; the message says which and why."""


def expand(text: str, params: Mapping[str, str], read: ReadResult | None = None) -> str:
    """`text` with parameters put in, and earlier results where there is a `read`. Raises UnresolvedError."""
    if "{" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        literal_step, _, step, pointer, literal, name = match.groups()
        if step is not None:
            return match[0] if read is None else format_result(read(step, pointer or ""))
        if literal_step is not None:
            return match[0] if read is None else match[0][1:-1]
        if literal in params:
            return f"{{{literal}}}"
        return params.get(name, match[0])

    return _EITHER.sub(replace, text)


def expand_value(value: Any, params: Mapping[str, str], read: ReadResult) -> Any:
    """`value` with all of its texts expanded, at any depth. A text that is one reference to a result and nothing else
    becomes that result as it is: a number stays a number, a list a list."""
    if isinstance(value, str):
        match = STEP_REFERENCE.fullmatch(value)
        if match is not None and match[3] is not None:
            return read(match[3], match[4] or "")
        return expand(value, params, read)
    if isinstance(value, Mapping):
        return {name: expand_value(each, params, read) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [expand_value(each, params, read) for each in value]
    return value


def format_result(value: Any) -> str:
    """A result inside a text: a text as it is, everything else as JSON."""
    return value if isinstance(value, str) else encode_value(value).decode()


def iter_references(text: str) -> Iterator[str]:
    """The names that stand as `{name}` in `text`, whether they are parameters or not; literals are left out."""
    for match in REFERENCE.finditer(text):
        if match[2] is not None:
            yield match[2]


def iter_step_references(text: str) -> Iterator[tuple[str, str, str]]:
    """What stands as `{steps.NAME./pointer}` in `text`: the whole, the name and the pointer; literals are left out."""
    for match in STEP_REFERENCE.finditer(text):
        if match[3] is not None:
            yield match[0], match[3], match[4] or ""
