"""The triggers of the daemon in memory."""

from typing import Any

NOW = "2026-11-21T08:00:31.204Z"


class FakeTriggers:
    """One timer."""

    def list_triggers(self) -> list[dict[str, Any]]:
        """The timer, which has run once."""
        return [
            {
                "name": "nightly",
                "type": "timer",
                "about": "0 2 * * * (UTC)",
                "workflow": "quality",
                "enabled": True,
                "origin": "aegis.toml:9",
                "next_at": NOW,
                "last_run": 7,
                "last_at": NOW,
                "missed": None,
            }
        ]
