"""ListServices: the services that steps call, and their health."""

from typing import Any

from aegisd.control.call import Call


async def list_services(call: Call) -> dict[str, Any]:
    """The services; with `check` after a look at each."""
    return {"services": await call.daemon.desks.services.list(check=call.parameters.get("check", False))}
