"""CancelRun: asks for the end of a run; answered once the request is on disk."""

from typing import Any

from aegisd.control.call import Call


async def cancel_run(call: Call) -> dict[str, Any]:
    """Nothing: the end of the run is an event."""
    wanted = call.parameters
    await call.daemon.cancel(wanted["run"], by=call.by, reason=wanted.get("reason"), force=wanted.get("force", False))
    return {}
