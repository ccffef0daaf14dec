"""Which triggers follow from the end of a run. Pure."""

from collections.abc import Iterable

from aegisd.config.trigger_keys import TriggerConfig
from aegisd.config.trigger_workflow import After, AfterSpec
from aegisd.core.model import Result


def decide_followers(
    triggers: Iterable[TriggerConfig], *, workflow: str, result: Result, is_part: bool = False
) -> list[TriggerConfig]:
    """The triggers that a run of `workflow` which ended with `result` fires, in the order of the configuration. A part
    of it that passed (`is_part`) is not the success that others wait for."""
    return [
        trigger
        for trigger in triggers
        if trigger.enabled
        and isinstance(trigger.spec, AfterSpec)
        and trigger.spec.after == workflow
        and trigger.spec.result in (After.ANY, result.value)
        and not (is_part and trigger.spec.result is After.SUCCESS)
    ]
