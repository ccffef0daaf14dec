"""What can be asked of triggers: which there are, when they are next due, and what became of their last call."""

from collections.abc import Mapping
from typing import Any

from aegisd.config.trigger_keys import TriggerConfig
from aegisd.config.trigger_kinds import TRIGGER_KINDS


class TriggerDesk:
    """The triggers of the configuration in force."""

    def __init__(self, triggers: Mapping[str, TriggerConfig]) -> None:
        self._triggers = triggers

    def configure(self, triggers: Mapping[str, TriggerConfig]) -> None:
        """A new configuration is in force."""
        self._triggers = triggers

    def list_triggers(self) -> list[dict[str, Any]]:
        """The triggers in the order of the configuration: `TriggerState`s."""
        return [self._show(trigger) for trigger in self._triggers.values()]

    def labels(self, workflow: str) -> list[str]:
        """What starts `workflow`, in a word or two each."""
        return [
            TRIGGER_KINDS[trigger.type].label(trigger.spec)
            for trigger in self._triggers.values()
            if trigger.workflow == workflow and trigger.enabled
        ]

    def next_at(self, workflow: str) -> str | None:  # noqa: ARG002
        """When a timer next starts `workflow`."""
        return None

    def _show(self, trigger: TriggerConfig) -> dict[str, Any]:
        return {
            "name": trigger.name,
            "type": trigger.type,
            "about": TRIGGER_KINDS[trigger.type].about(trigger.spec),
            "workflow": trigger.workflow,
            "enabled": trigger.enabled,
            "origin": str(trigger.origin),
            "next_at": None,
            "last_run": None,
            "last_at": None,
            "missed": None,
        }
