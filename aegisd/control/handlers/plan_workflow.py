"""PlanWorkflow: what a run would do; nothing is run."""

from typing import Any

from aegisd.control.call import Call


async def plan_workflow(call: Call) -> dict[str, Any]:
    """The order, groups and settings of a workflow."""
    return call.daemon.plan(call.parameters["workflow"], params=call.parameters.get("params", {}))
