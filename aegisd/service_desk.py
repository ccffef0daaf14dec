"""What can be asked about services: plain JSON values in the shape of the interface file's `Service`."""

from typing import Any

from aegisd.services.entry import Entry
from aegisd.services.registry import Services


class ServiceDesk:
    """The part of the daemon that shows services."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list(self, *, check: bool = False) -> list[dict[str, Any]]:
        """The services in the order of the configuration; with `check` after a look at each of them."""
        if check:
            await self._services.check()
        return [_show(entry) for entry in self._services.entries.values()]


def _show(entry: Entry) -> dict[str, Any]:
    config, sight = entry.config, entry.sight
    return {
        "name": entry.name,
        "url": config.url,
        "description": config.description,
        "features": list(config.features),
        "repo_url": config.repo_url or None,
        "docs_url": config.docs_url or None,
        "state": sight.state.value,
        "since": sight.since,
        "checked_at": sight.checked_at,
        "latency_s": sight.latency_s,
        "last_error": None if sight.kind is None else {"kind": sight.kind, "text": sight.error, "at": sight.error_at},
    }
