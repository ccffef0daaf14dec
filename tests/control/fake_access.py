"""The tokens of the daemon in memory."""

from collections.abc import Sequence
from typing import Any

from aegisd.wire.errors import CallError

NOW = "2026-11-21T08:00:31.204Z"


class FakeAccess:
    """Tokens without secrets; `changes` is what was asked for, and by whom."""

    def __init__(self) -> None:
        self.changes: list[tuple[Any, ...]] = []

    async def list(self) -> list[dict[str, Any]]:
        """One that was made, one of the configuration."""
        made = {"name": "ci", "scopes": ["run"], "created_at": NOW, "by": "dev1"}
        return [{"name": "fixed", "scopes": ["read"], "created_at": None, "by": None}, made]

    async def create(self, name: str, *, scopes: Sequence[str], by: str) -> tuple[dict[str, Any], str]:
        """Note the wish."""
        self.changes.append(("create", name, tuple(scopes), by))
        return {"name": name, "scopes": list(scopes), "created_at": NOW, "by": by}, "aegis_secret"

    async def revoke(self, name: str, *, by: str) -> None:
        """Note the wish; there is only `ci`."""
        if name != "ci":
            text = f'there is no token "{name}"'
            error = CallError("NoSuchToken", text)
            raise error
        self.changes.append(("revoke", name, by))
