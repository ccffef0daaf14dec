"""Whether a step is started, and if not, why: it is not asked for, an earlier run passed it, or its condition."""

from aegisd.core import events
from aegisd.core.condition import explain_unmet, is_met
from aegisd.core.schedule import Schedule
from aegisd.engine.around import RunAround
from aegisd.engine.order import RunOrder


def decide_skip(index: int, order: RunOrder, schedule: Schedule, around: RunAround) -> events.StepSkipped | None:
    """Why step number `index`, which is ready, is not started; None when it is. What it reported and left in the run
    that passed it counts in this one too."""
    step = order.workflow.steps[index]
    if step.name in order.reused:
        end = around.reused_end(step.name)
        return events.StepSkipped(
            step_type=step.type,
            reason=f"passed in run #{order.retry_of}",
            reused=order.retry_of,
            reported_failures=end.reported_failures if end else 0,
            data=end.data if end else {},
        )
    if step.name in order.left_out:
        return events.StepSkipped(step_type=step.type, reason=order.left_out[step.name])
    before = schedule.before(index)
    if is_met(step.condition, before):
        return None
    culprit = order.workflow.steps[before.failed].name if before.failed is not None else None
    return events.StepSkipped(
        step_type=step.type,
        reason=explain_unmet(step.condition, culprit),
        because=(culprit,) if culprit else (),
    )
