"""What the jobs of a run have in common at each executor that its steps name. Pure."""

from aegisd.engine.order import RunOrder
from aegisd.executors.job import JobGroup, name_group
from aegisd.helpers import FOLDER


def list_groups(order: RunOrder, *, instance: str) -> dict[str, JobGroup]:
    """The groups of a run by executor. Steps that the run does not carry out ask for nothing."""
    steps = [step for step in order.workflow.steps if step.executor is not None]
    idle = order.reused | order.left_out.keys()
    return {
        executor: JobGroup(
            name=name_group(instance, executor, run=order.run),
            asks=tuple(step.resources for step in steps if step.executor == executor and step.name not in idle),
            limit=order.workflow.timeout,
            dir=order.dir,
            reads=(FOLDER,) if order.trigger_file is None else (FOLDER, order.trigger_file),
        )
        for executor in {step.executor for step in steps if step.executor is not None}
    }
