"""One thing that is wrong with a configuration, and where."""

from typing import Literal

from attrs import frozen

Severity = Literal["error", "warning"]


@frozen(kw_only=True)
class Place:
    """A second place that a problem has to do with; `text` says what is there. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    text: str


@frozen(kw_only=True)
class Problem:
    """What is wrong, where, and what to do.

    Lines and columns count from 1, columns and `length` (of the marker) in characters. `message` is one sentence
    without control characters; `label` is a short hint that stands right behind the marker, `help` a longer one.
    `key` is the key's full name (`workflows.ci.steps[0].timeout`), where there is one."""

    code: str
    severity: Severity
    message: str
    file: str
    line: int
    column: int
    length: int = 1
    key: str | None = None
    label: str | None = None
    help: str | None = None
    also: Place | None = None
