"""The keys that all triggers take, and a trigger: declarations only.

Each type of trigger adds keys of its own, in a file of its own (`trigger_timer.py`, ...); `trigger_kinds.py` lists
them.
"""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from aegisd.core.model import Origin
from aegisd.core.schema import Kind, key


@frozen(kw_only=True)
class TriggerKeys:
    """The keys of `[triggers.NAME]`, whatever its type."""

    type: str = key(Kind.NAME, "What starts the runs.", example='"timer"')
    workflow: str = key(Kind.NAME, "The workflow that is run.", example='"nightly"')
    params: Mapping[str, str] = key(
        Kind.TEXT_MAP,
        "Parameters of the workflow.",
        example='{ target = "staging" }',
        factory=dict,
        default_text="the workflow's own defaults",
    )
    enabled: bool = key(
        Kind.FLAG, "With `false` it is checked and listed, and starts nothing.", example="false", default=True
    )
    reason: str | None = key(
        Kind.TEXT,
        "Why, in words; shown with its runs.",
        example='"dependencies change at night"',
        default=None,
        default_text="none",
    )


@frozen(kw_only=True)
class TriggerConfig:
    """A trigger. `spec` is a value of the class of its type."""

    name: str
    type: str
    workflow: str
    spec: Any
    params: Mapping[str, str] = field(factory=dict)
    enabled: bool = True
    reason: str | None = None
    origin: Origin | None = None
