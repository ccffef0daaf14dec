"""GetUsage: what the models that agents asked have used."""

from typing import Any

from aegisd.control.call import Call
from aegisd.control.event_filters import read_filter
from aegisd.core.usage import GROUPS
from aegisd.wire.errors import CallError


async def get_usage(call: Call) -> dict[str, Any]:
    """The sum, and its parts."""
    by = tuple(dict.fromkeys(call.parameters.get("by", ["model"])))
    for name in by:
        if name not in GROUPS:
            message = f'usage is not split by "{name[:40]}"'
            raise CallError("BadParameter", message, hint=f"one of: {', '.join(GROUPS)}")
    return await call.daemon.events.usage(read_filter(call), by=by)
