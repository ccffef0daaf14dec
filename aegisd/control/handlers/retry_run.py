"""RetryRun: runs a workflow again with the definition and parameters of an earlier run."""

from typing import Any

from aegisd.control.call import Call
from aegisd.core.model import Trigger


async def retry_run(call: Call) -> dict[str, Any]:
    """The number of the new run."""
    wanted = call.parameters
    run = await call.daemon.retry(
        wanted["run"],
        failed=wanted.get("failed", False),
        trigger=Trigger(kind="manual", by=call.by),
        reason=wanted.get("reason"),
    )
    return {"run": run}
