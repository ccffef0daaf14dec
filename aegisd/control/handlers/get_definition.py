"""GetDefinition: what a run was started with, whatever has been reloaded since."""

from typing import Any

from aegisd.control.call import Call


async def get_definition(call: Call) -> dict[str, Any]:
    """The definition without values that may be secret."""
    return {"definition": await call.daemon.artifacts.definition(call.parameters["run"])}
