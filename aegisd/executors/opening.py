"""Which strategy of containment is in force: cgroups where they can be had, else subreapers, or what was asked for.

Before the first step starts, what an earlier aegisd with the same state directory left in cgroups is ended, whichever
strategy is next.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from aegisd.core.errors import StartError
from aegisd.executors.cgroup import end_earlier_lives, open_cgroups
from aegisd.executors.cgroups import CgroupRoot, NoCgroups, find_cgroups
from aegisd.executors.containment import Containment
from aegisd.executors.subreaper import open_subreapers
from aegisd.wire.errors import EXIT_CONFIG

_log = logging.getLogger("aegisd.executors")


@asynccontextmanager
async def open_containment(wanted: str, *, state_dir: Path, leaves_room: bool = False) -> AsyncIterator[Containment]:
    """The strategy `wanted` (`auto`, `cgroup` or `subreaper`) until the block is left; `leaves_room` for an aegisd that
    is started while programs of this one still run. Raises StartError.

    The caller holds the lock of `state_dir`.
    """
    found = find_cgroups()
    earlier = await end_earlier_lives(state_dir, [found.path] if isinstance(found, CgroupRoot) else [])
    if earlier:
        _log.warning("ended what an earlier aegisd had left in cgroups")
    async with AsyncExitStack() as stack:
        yield await _enter(stack, wanted, found, partial(open_cgroups, state_dir=state_dir, leaves_room=leaves_room))


async def _enter(
    stack: AsyncExitStack,
    wanted: str,
    found: CgroupRoot | NoCgroups,
    open_root: Callable[[CgroupRoot], AbstractAsyncContextManager[Containment]],
) -> Containment:
    if wanted != "subreaper" and isinstance(found, CgroupRoot):
        try:
            return await stack.enter_async_context(open_root(found))
        except OSError as error:
            found = NoCgroups(reason=f"{error.filename or found.path}: {error.strerror}")
    if wanted == "cgroup" and isinstance(found, NoCgroups):
        message = f'[daemon] containment = "cgroup" cannot be had: {found.reason}'
        hint = f'{found.fix}; or take containment = "auto"'
        raise StartError(message, hint=hint, status=EXIT_CONFIG)
    if isinstance(found, NoCgroups):
        _log.info("steps are held by subreapers: %s", found.reason)
    try:
        return await stack.enter_async_context(open_subreapers())
    except OSError as error:
        message = f"steps cannot be held together, the spawner does not start: {error}"
        raise StartError(message) from error
