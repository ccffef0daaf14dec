"""PlanWorkflow: what a run would do; nothing is run."""

from typing import Any

from aegisd.control.call import Call
from aegisd.parameters import read_part


async def plan_workflow(call: Call) -> dict[str, Any]:
    """The order, groups and settings of a workflow, and what of it a part leaves out."""
    wanted = call.parameters
    return call.daemon.plan(wanted["workflow"], params=wanted.get("params", {}), part=read_part(wanted))
