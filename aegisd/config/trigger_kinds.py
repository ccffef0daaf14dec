"""The types of triggers: one file each, with the keys it takes. A new type is a file and a line here."""

from collections.abc import Mapping

from aegisd.config import trigger_timer, trigger_workflow
from aegisd.config.trigger_kind import TriggerKind

TRIGGER_KINDS: Mapping[str, TriggerKind] = {
    kind.name: kind
    for kind in (
        trigger_timer.TIMER,
        trigger_workflow.WORKFLOW,
    )
}
