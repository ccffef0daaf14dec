"""ListExecutors: where steps run, and how these places are."""

from typing import Any

from aegisd.control.call import Call


async def list_executors(call: Call) -> dict[str, Any]:
    """The executors, each after a look at it."""
    return {"executors": await call.daemon.desks.executors.list()}
