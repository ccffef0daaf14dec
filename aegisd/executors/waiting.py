"""Waiting for whichever comes first: the end of a program, or what makes the wait for it needless."""

from collections.abc import Awaitable, Callable

import trio


async def wait_first(*calls: Callable[[], Awaitable[object]]) -> None:
    """Until one of `calls` has returned; the others are cancelled."""
    async with trio.open_nursery() as nursery:

        async def wait(call: Callable[[], Awaitable[object]]) -> None:
            await call()
            nursery.cancel_scope.cancel()

        for call in calls:
            nursery.start_soon(wait, call)
