"""Politeness: while events come one after the other, webhooks take a twentieth of aegisd's one thread.

An attempt costs about a millisecond of the thread that also drives the runs; a thousand quick steps with a webhook for
every event would take several times as long. So there is a pause before each attempt for as long as runs keep writing
events. What is not sent meanwhile waits in the outbox, where it is safe; should thousands wait, the pauses end.
"""

from collections.abc import Callable

import trio

_RECENT_S = 0.05
_PAUSE_S = 0.025
_MANY = 5000


class Pace:
    """Shared by all webhooks. `idle_s` says for how long no event was written."""

    def __init__(self, *, idle_s: Callable[[], float]) -> None:
        self._idle_s = idle_s
        self._turn = trio.Lock()

    async def turn(self, waiting: int) -> None:
        """Until an attempt may be made for a webhook for which `waiting` deliveries wait."""
        async with self._turn:
            if self._idle_s() < _RECENT_S and waiting < _MANY:
                await trio.sleep(_PAUSE_S * (1 - waiting / _MANY))
