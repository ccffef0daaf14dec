"""ListArtifacts: what a run left behind, a page at a time."""

from typing import Any

from aegisd.control.call import Call


async def list_artifacts(call: Call) -> dict[str, Any]:
    """Artifacts in the order of their keys, and where the next page begins."""
    return await call.daemon.artifacts.page(call.parameters["run"], after=call.parameters.get("after", ""))
