"""Events that users emit: `custom.*`, with data of their own."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

PREFIX = "custom."


@frozen(kw_only=True)
class Custom:
    """An event of a user's own `type`, which begins with `custom.`. `fields` is any JSON object; `by`, where it is
    there, is who emitted it outside of a step."""

    type: str
    fields: Mapping[str, Any] = field(factory=dict)
