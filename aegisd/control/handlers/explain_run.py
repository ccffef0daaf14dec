"""ExplainRun: why a run or a step is as it is."""

from typing import Any

from aegisd.control.call import Call


async def explain_run(call: Call) -> dict[str, Any]:
    """Sentences, each with the event that proves it."""
    return {"links": await call.daemon.explain(call.parameters["run"], step=call.parameters.get("step"))}
