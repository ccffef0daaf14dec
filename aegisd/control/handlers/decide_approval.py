"""DecideApproval: approves or rejects a step; answered once that is on disk."""

from typing import Any

from aegisd.control.call import Call


async def decide_approval(call: Call) -> dict[str, Any]:
    """The question as it was when it was decided."""
    wanted = call.parameters
    decided = await call.daemon.desks.approvals.decide(
        wanted["run"], wanted.get("step"), approve=wanted["approve"], by=call.by, reason=wanted.get("reason")
    )
    return {"approval": decided}
