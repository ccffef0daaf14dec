"""What an agent tells of its work has these fields, whatever happened; each event adds its own.

The run and the step are not among them: they are in the envelope, from who reports. `task` is a task of the agent's own
within its step.
"""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen


@frozen(kw_only=True)
class Report:
    """`message` is for people; `role` is the agent's, `model` the one that it used; `metadata` is whatever else there
    is to say, as JSON."""

    message: str = ""
    task: str | None = None
    role: str | None = None
    model: str | None = None
    metadata: Mapping[str, Any] = field(factory=dict)
