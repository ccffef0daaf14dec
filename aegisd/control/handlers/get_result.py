"""GetResult: the data that a step left."""

from typing import Any

from aegisd.control.call import Call


async def get_result(call: Call) -> dict[str, Any]:
    """The data as an object."""
    return {"data": await call.daemon.desks.results.read(call.parameters["run"], call.parameters["step"])}
