"""ShowConfig: the configuration in force, secrets masked."""

from typing import Any

from aegisd.control.call import Call


async def show_config(call: Call) -> dict[str, Any]:
    """The configuration as TOML."""
    return {"text": call.daemon.show_config(origin=call.parameters.get("origin", False))}
