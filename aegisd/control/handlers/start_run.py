"""StartRun: accepts a run; answered once it is on disk."""

from typing import Any

from aegisd.control.bounds import read_number
from aegisd.control.call import Call
from aegisd.core.model import Trigger
from aegisd.core.trace import parse_traceparent
from aegisd.parameters import read_part


async def start_run(call: Call) -> dict[str, Any]:
    """The number of the new run. A run that asks for another is its trigger, whoever it runs as is `by`."""
    wanted = call.parameters
    parent = read_number(wanted, "parent", least=1)
    context = parse_traceparent(wanted.get("traceparent"))
    traceparent = None if context is None else context.format()
    if parent is None:
        trigger = Trigger(kind="manual", by=call.by, traceparent=traceparent)
    else:
        trigger = Trigger(kind="workflow", name=str(parent), by=call.by, traceparent=traceparent)
    run = await call.daemon.submit(
        wanted["workflow"],
        params=wanted.get("params", {}),
        trigger=trigger,
        reason=wanted.get("reason"),
        dir=wanted.get("dir"),
        part=read_part(wanted),
        parent=parent,
    )
    return {"run": run}
