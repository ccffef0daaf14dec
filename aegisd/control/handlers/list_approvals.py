"""ListApprovals: the steps that wait for a person."""

from typing import Any

from aegisd.control.call import Call


async def list_approvals(call: Call) -> dict[str, Any]:
    """The open questions."""
    return {"approvals": call.daemon.desks.approvals.list()}
