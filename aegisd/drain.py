"""Drained: aegisd takes and starts no more runs until somebody resumes it, and executing ones finish.

Not the same as stopping: a drained aegisd goes on, ends on SIGTERM as ever, and starts undrained.
"""

from typing import Any

from aegisd.core import events
from aegisd.engine.supervisor import Supervisor
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.wire.errors import CallError


async def drain(*, supervisor: Supervisor, recorder: Recorder, by: str) -> dict[str, Any]:
    """Hold the queue and say so; nothing changes when it is held already. Raises CallError while aegisd stops."""
    _refuse_while_stopping(supervisor)
    if supervisor.drained_by is None:
        supervisor.hold(by)
        drained = events.DaemonDrained(by=by, executing=tuple(supervisor.executing))
        await recorder.record(Emission(data=drained, time=recorder.clock.now()))
    return count_runs(supervisor)


async def undrain(*, supervisor: Supervisor, recorder: Recorder, by: str) -> dict[str, Any]:
    """Let the queue go and say so; nothing changes when nobody holds it. Raises CallError while aegisd stops."""
    _refuse_while_stopping(supervisor)
    queue = count_runs(supervisor)
    if supervisor.drained_by is not None:
        supervisor.hold(None)
        await recorder.record(Emission(data=events.DaemonResumed(by=by), time=recorder.clock.now()))
    return queue


def count_runs(supervisor: Supervisor) -> dict[str, Any]:
    """How many runs execute in a slot, and how many wait for one."""
    return {"executing": len(supervisor.holding), "queued": len(supervisor.waiting)}


def _refuse_while_stopping(supervisor: Supervisor) -> None:
    if supervisor.draining:
        raise CallError("Draining", "aegisd is stopping", hint="it takes runs again after its next start")
