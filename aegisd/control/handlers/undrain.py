"""Undrain: takes and starts runs again; answered once that is on disk."""

from typing import Any

from aegisd.control.call import Call


async def undrain(call: Call) -> dict[str, Any]:
    """How many runs execute, and how many waited."""
    return await call.daemon.undrain(by=call.by)
