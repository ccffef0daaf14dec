"""Diagnose: what aegisd finds when it looks at itself and its host."""

from typing import Any

from aegisd.control.call import Call


async def diagnose(call: Call) -> dict[str, Any]:
    """The findings, at most some seconds old."""
    return {"version": call.version, "checks": await call.daemon.diagnosis.examine()}
