"""ListTriggers: what starts runs by itself."""

from typing import Any

from aegisd.control.call import Call


async def list_triggers(call: Call) -> dict[str, Any]:
    """All triggers, each with when it is next due and what came of it last."""
    return {"triggers": call.daemon.triggers.list_triggers()}
