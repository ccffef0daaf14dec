"""ListStepTypes: which step types there are, and from where."""

from typing import Any

from aegisd.control.call import Call


async def list_step_types(call: Call) -> dict[str, Any]:
    """Built-in ones and those of plugins."""
    return {"types": await call.daemon.desks.plugins.list()}
