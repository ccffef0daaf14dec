"""FindRun: the number of a run from what people type."""

from typing import Any

from aegisd.control.call import Call


async def find_run(call: Call) -> dict[str, Any]:
    """The run that the selector means to this caller."""
    return {"run": await call.daemon.find_run(call.parameters.get("selector"), by=call.by)}
