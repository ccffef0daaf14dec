"""What can be asked about step types: which there are, and from where."""

from typing import Any

import trio

from aegisd.steps.registry import StepRegistry


class PluginDesk:
    """The part of the daemon that shows step types."""

    def __init__(self, registry: StepRegistry) -> None:
        self._registry = registry

    async def list(self) -> list[dict[str, Any]]:
        """`StepType`s: built-in ones, plugins, and what is installed but not allowed."""
        offers = await trio.to_thread.run_sync(self._registry.list_offers)
        return [{"name": each.name, "source": each.source, "allowed": each.is_loaded} for each in offers]
