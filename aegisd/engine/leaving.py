"""Leaving a run to the next aegisd: no step begins any more, and what must not be executed twice comes to its end."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio


class Leaving:
    """Of one run: whether it `is_asked` to be left, whether it `is_due` to be left now, and how many attempts are in
    its way."""

    def __init__(self) -> None:
        self.is_asked = False
        self.is_due = False
        self._in_the_way = 0
        self._free = trio.Event()

    @contextmanager
    def waiting_for(self, *, attempt: bool) -> Iterator[None]:
        """A block that carries out an attempt, whose end is waited for if `attempt`."""
        self._in_the_way += attempt
        try:
            yield
        finally:
            self._in_the_way -= attempt
            if not self._in_the_way:
                self._free.set()
                self._free = trio.Event()

    async def pass_by(self) -> None:
        """Returns at once, unless the run is to be left: then never."""
        if self.is_asked:
            await trio.sleep_forever()

    async def wait_free(self, seconds: float, *, unless: trio.Event) -> None:
        """Until nothing is in the way, for at most so many seconds, and no longer than until `unless` is set."""
        with trio.move_on_after(seconds):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(cancel_when, unless, nursery.cancel_scope)
                if self._in_the_way:
                    await self._free.wait()
                nursery.cancel_scope.cancel()


async def cancel_when(event: trio.Event, scope: trio.CancelScope) -> None:
    """Cancel `scope` once `event` is set."""
    await event.wait()
    scope.cancel()
