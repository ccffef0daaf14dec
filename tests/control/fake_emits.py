"""The custom events and tokens of the daemon in memory."""

from collections.abc import Mapping
from typing import Any

from aegisd.engine.tokens import AttemptIdentity


class FakeEmits:
    """Notes what was emitted, and as whom."""

    def __init__(self) -> None:
        self.emitted: list[tuple[Any, ...]] = []

    async def emit(self, name: str, fields: Mapping[str, Any], *, who: AttemptIdentity) -> int:
        """An event of an attempt."""
        self.emitted.append((name, dict(fields), who))
        return len(self.emitted)

    async def emit_by(self, name: str, fields: Mapping[str, Any], *, by: str, run: int | None) -> int:
        """An event of somebody."""
        self.emitted.append((name, dict(fields), by, run))
        return len(self.emitted)
