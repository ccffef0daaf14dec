"""GetArtifact: what is known of one artifact."""

from typing import Any

from aegisd.artifact_desk import show_artifact
from aegisd.control.call import Call


async def get_artifact(call: Call) -> dict[str, Any]:
    """Its metadata."""
    return {"artifact": show_artifact(await call.daemon.artifacts.get(call.parameters["run"], call.parameters["key"]))}
