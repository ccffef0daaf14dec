"""GetStatus: what aegisd is doing."""

from typing import Any

from aegisd.control.call import Call


async def get_status(call: Call) -> dict[str, Any]:
    """The daemon, its configuration, its disk and its workflows."""
    return await call.daemon.status()
