"""ListWorkflows: the workflows in the order of the configuration."""

from typing import Any

from aegisd.control.call import Call


async def list_workflows(call: Call) -> dict[str, Any]:
    """All workflows, each with its last run."""
    return {"workflows": await call.daemon.list_workflows()}
