"""What aegisd is and does."""

from typing import Any

from aegis_web.ask import Ask, Operation
from aegisd import __version__


async def get_version(_: Ask) -> dict[str, Any]:
    """Which aegis this is; changes when it is upgraded."""
    return {"version": __version__, "api": "v1"}


async def get_status(ask: Ask) -> dict[str, Any]:
    """As the control interface says it."""
    return await ask.daemon.status()


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/version",
        name="getVersion",
        summary="The version of aegisd",
        handler=get_version,
        answer="(version: string, api: string)",
        tag="status",
    ),
    Operation(
        method="GET",
        path="/api/v1/status",
        name="getStatus",
        summary="What aegisd is doing",
        handler=get_status,
        answer="GetStatus()",
        tag="status",
    ),
)
