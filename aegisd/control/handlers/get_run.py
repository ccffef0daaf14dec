"""GetRun: one run with all of its steps."""

from typing import Any

from aegisd.control.call import Call


async def get_run(call: Call) -> dict[str, Any]:
    """The run in detail."""
    return {"detail": await call.daemon.get_run(call.parameters["run"])}
