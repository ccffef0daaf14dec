"""DeleteArtifact: one artifact of a run less; answered once its event is on disk."""

from typing import Any

from aegisd.control.call import Call
from aegisd.control.handlers.put_artifact import find_run


async def delete_artifact(call: Call) -> dict[str, Any]:
    """Nothing."""
    await call.daemon.artifacts.delete(find_run(call), call.parameters["key"], author=call.attempt or call.by)
    return {}
