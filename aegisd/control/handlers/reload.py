"""Reload: loads the configuration again; a bad one is refused and the old one stays in force."""

from typing import Any

from aegisd.control.call import Call


async def reload(call: Call) -> dict[str, Any]:
    """What has changed, in words."""
    return {"changes": list(await call.daemon.reload(by=call.by))}
