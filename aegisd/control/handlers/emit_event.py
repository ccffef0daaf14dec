"""EmitEvent: adds an event of a user's own to the timeline; answered once it is on disk."""

from typing import Any

from aegisd.control.bounds import read_number
from aegisd.control.call import Call
from aegisd.wire.errors import CallError


async def emit_event(call: Call) -> dict[str, Any]:
    """The number of the event. What shows the token of an attempt speaks as that attempt, and about nothing else."""
    wanted = call.parameters
    name, fields = wanted["type"], wanted.get("data", {})
    run = read_number(wanted, "run", least=1)
    if call.attempt is not None:
        if run not in (None, call.attempt.run):
            message = f"a step of run #{call.attempt.run} cannot emit events of run #{run}"
            raise CallError("BadParameter", message, hint="leave --run out")
        return {"seq": await call.daemon.emits.emit(name, fields, who=call.attempt)}
    return {"seq": await call.daemon.emits.emit_by(name, fields, by=call.by, run=run)}
