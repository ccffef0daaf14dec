"""GetTrace: the spans of a run."""

from typing import Any

from aegisd.control.call import Call


async def get_trace(call: Call) -> dict[str, Any]:
    """As values, and as OTLP says them."""
    return await call.daemon.desks.telemetry.show_trace(call.parameters["run"])
