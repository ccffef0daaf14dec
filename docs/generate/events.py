"""`docs/reference/events.md`, from `aegisd.core.events`: each class with its docstring, fields and an example."""

import enum
import inspect
import json
import textwrap
import types
import typing
from collections.abc import Mapping
from typing import Any

import attrs

from aegisd.core.artifact import Artifact, Refusal
from aegisd.core.codec import encode_event
from aegisd.core.confinement import Receipt, Usage
from aegisd.core.events import EVENT_TYPES, Event
from aegisd.core.model import Attempt, Part, Trigger
from docs.generate.samples import sample_event

_HEAD = """\
# Events

<!-- made by `make docs` from aegisd/core/events/ -->

An event is a fact about a run or about aegisd. It is announced only after it is on disk. `aegisctl tail-events --json`
prints one event a line, with a `cursor` to go on from beside the fields below; the method `TailEvents` of the
[control interface](control-interface.md) gives the same.

- `seq` counts from 1 without holes, over all runs. A reader that fell behind gets a gap (`from`, `to`), never silence.
- Every `step.started` is followed by exactly one `step.completed`, every `workflow.queued` by exactly one
  `workflow.completed`: also after a cancel, a timeout, a defect of a step type and a restart of aegisd.
- Later versions may add event types and fields. A reader passes over what it does not know.
- What agents do is told by steps (`session.*`, `task.*`, `agent.*`, `llm.*` and others). Each of these events has
  `message`, `task`, `role`, `model` and `metadata` beside fields of its own, all of which may be left out.
- What other systems call these events: [event names](event-names.md).
- Times are RFC 3339 in UTC, durations are seconds (names end in `_s`).

## The fields around `data`

"""
_CUSTOM = """
## `custom.*`

Events of users: `aegisctl emit`, and steps of the type `emit`. The type is `custom.` and one to four words of a-z, 0-9,
`_` and `-`; `data` is any JSON object of at most 64 KiB. Emitted from a step they carry its run, step and attempt, and
change nothing in the run. Emitted by an operator, `data.by` says by whom.
"""
_WORDS = {str: "string", int: "integer", float: "number", bool: "boolean", types.NoneType: "null", Any: "any"}
_SHARED = (Trigger, Part, Attempt, Receipt, Usage, Artifact, Refusal)


def render_page() -> str:
    """The whole page."""
    parts = [_HEAD, _describe(Event), "\n\n", _render_fields(Event, absent="left out", skip="data")]
    parts.append("| `data` | object, by type: see below | - |\n")
    for name, kind in EVENT_TYPES.items():
        parts += [f"\n## `{name}`\n\n", _describe(kind), "\n\n", _render_fields(kind), "\n", _render_example(name)]
    parts.append(_CUSTOM)
    parts.append("\n## Objects inside `data`\n")
    for kind in _SHARED:
        parts += [f"\n### {kind.__name__}\n\n", _describe(kind), "\n\n", _render_fields(kind)]
    return "".join(parts)


def _describe(kind: type[Any]) -> str:
    paragraphs = inspect.cleandoc(kind.__doc__ or "").split("\n\n")
    return "\n\n".join(textwrap.fill(" ".join(each.split()), width=118) for each in paragraphs)


def _render_fields(kind: type[Any], *, absent: str = "`null`", skip: str = "") -> str:
    hints = typing.get_type_hints(kind)
    rows = [
        f"| `{field.name}` | {_name_type(hints[field.name])} | {_name_default(field, absent)} |\n"
        for field in attrs.fields(kind)
        if field.name != skip
    ]
    return "| field | type | when it does not apply |\n|---|---|---|\n" + "".join(rows)


def _name_default(field: "attrs.Attribute[Any]", absent: str) -> str:
    if field.default is attrs.NOTHING:
        return "-"
    make = getattr(field.default, "factory", None)
    default = make() if make else field.default
    return absent if default is None else f"`{json.dumps(default)}`"


def _name_type(hint: Any) -> str:
    if hint in _WORDS:
        return _WORDS[hint]
    if hint in _SHARED:
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return "string: " + ", ".join(f"`{member.value}`" for member in hint)
    inner = [_name_type(part) for part in typing.get_args(hint) if part not in (types.NoneType, Ellipsis)]
    if typing.get_origin(hint) is tuple:
        return f"list of {inner[0]}"
    if typing.get_origin(hint) is Mapping:
        return f"object of {inner[1]}"
    return " or ".join(inner)


def _render_example(name: str) -> str:
    example = json.loads(encode_event(sample_event(name)))
    return f"```json\n{json.dumps(example, indent=2, ensure_ascii=False)}\n```\n"
