"""Waiting for the end of a run."""

import trio

from aegis_web.followers import current_followers
from aegisd.core.record import EventFilter
from aegisd.daemon import Daemon

_ENDS = frozenset({"workflow.completed"})


async def wait_for_end(daemon: Daemon, run: int, *, most_s: float) -> bool:
    """Whether `run` has ended within `most_s` seconds. Also ends, with what is true then, when the door closes."""
    followers = current_followers()
    stream = await daemon.open_tail(EventFilter(run=run, types=_ENDS), after=None, last=None)
    ends = trio.current_time() + most_s
    while not await stream.read():
        left = ends - trio.current_time()
        if left <= 0 or not await followers.pause(stream.wait, most_s=left):
            return bool(await stream.read()) or await _has_ended(daemon, run)
    return True


async def _has_ended(daemon: Daemon, run: int) -> bool:
    detail = await daemon.get_run(run)
    return bool(detail["run"]["state"] == "finished")
