"""How a run begins: it starts, or it goes on after the end of aegisd, with the attempts that were cut short and those
that went on meanwhile."""

from aegisd.core import events
from aegisd.engine.narrator import Narrator, in_seconds
from aegisd.engine.order import RunOrder
from aegisd.engine.resumption import tell_resumption
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Emission


def tell_beginning(order: RunOrder, tell: Narrator, clock: Clock, begun: float) -> list[Emission]:
    """The emissions of a run that begins; `begun` is when (monotonic seconds). The first one is what others follow
    from."""
    past = order.resumption
    if past is None:
        started = events.WorkflowStarted(
            step_count=len(order.workflow.steps),
            queued_s=in_seconds(begun - order.accepted),
            deadline_s=order.workflow.timeout,
            boot_id=clock.boot_id,
            boottime_s=clock.boottime(),
        )
        tell.began = tell.of_run(started, cause=order.queued_seq or None)
        return [tell.began]
    tell.began = tell.of_run(tell_resumption(past, order.workflow, clock), cause=past.started_seq or None)
    cut = [
        tell.of_step(step.index, events.StepInterrupted(cut=step.attempts[-1]), attempt=step.last, cause=step.started)
        for step in past.open
        if step.was_cut
    ]
    now = clock.monotonic()
    adopted = [
        tell.of_step(step.index, step.taken.tell(now=now), attempt=step.number, cause=step.started)
        for step in past.open
        if step.taken is not None
    ]
    return [tell.began, *cut, *adopted]
