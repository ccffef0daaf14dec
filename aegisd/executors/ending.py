"""How an attempt ends, whatever holds it: SIGTERM, the grace, SIGKILL until nothing is left, and a receipt.

It is bounded: a process that waits for a broken disk does not die. After 10 s, or 1 s once there is a hurry, it is
named and left to the kernel.
"""

from functools import partial

import trio

from aegisd.core.confinement import Receipt
from aegisd.executors.containment import Held
from aegisd.executors.waiting import wait_first

_PATIENCE_S = 10.0
_PATIENCE_IN_HURRY_S = 1.0
_PASS_S = 0.25
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0


async def end_attempt(held: Held, *, strategy: str, grace: float, hurry: trio.Event) -> Receipt:
    """End what is left of `held`: at once what outlived its main process, else with `grace` seconds between SIGTERM and
    SIGKILL, which `hurry` cuts short. Call it shielded."""
    if held.status is not None and held.is_empty():
        return Receipt(strategy=strategy)
    begun = trio.current_time()
    if held.status is None and not hurry.is_set():
        await _terminate_unless(hurry, held, within=grace)
    left = await _kill(held, hurry)
    took = round(trio.current_time() - begun, 6)
    return Receipt(strategy=strategy, killed=held.killed, took_s=took, empty=not left, left=left)


async def _kill(held: Held, hurry: trio.Event) -> tuple[int, ...]:
    """SIGKILL again and again until nothing is left; returns what is when the patience is over."""
    begun = trio.current_time()
    while not held.is_empty():
        held.kill()
        with trio.move_on_after(_PASS_S):
            await held.wait_empty()
            break
        patience = _PATIENCE_IN_HURRY_S if hurry.is_set() else _PATIENCE_S
        if trio.current_time() - begun > patience:
            return await held.list_left()
    return ()


async def _terminate_unless(hurry: trio.Event, held: Held, *, within: float) -> None:
    """SIGTERM until nothing is left, `hurry` is set or `within` seconds have passed. What is born meanwhile is told
    too."""
    with trio.move_on_after(within):
        await wait_first(hurry.wait, partial(_terminate, held))


async def _terminate(held: Held) -> None:
    pause = _FIRST_PAUSE_S
    while not held.is_empty():
        held.terminate()
        with trio.move_on_after(pause):
            await held.wait_empty()
        pause = min(pause * 2, _LONGEST_PAUSE_S)
