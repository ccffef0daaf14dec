"""Drain: takes and starts no more runs; answered once that is on disk."""

from typing import Any

from aegisd.control.call import Call


async def drain(call: Call) -> dict[str, Any]:
    """How many runs still execute, and how many wait."""
    return await call.daemon.drain(by=call.by)
