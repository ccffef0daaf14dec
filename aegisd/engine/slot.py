"""A run's place among those that execute: given back while all that is open of the run waits for a person."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio


async def _stay() -> None:
    await trio.lowlevel.checkpoint()


class Slot:
    """Counts the chains of steps of one run and how many of them wait for a person. When all do, `leave` gives the slot
    back; before one of them goes on, `enter` waits until there is a slot again."""

    def __init__(
        self, *, leave: Callable[[], None] = lambda: None, enter: Callable[[], Awaitable[None]] = _stay
    ) -> None:
        self._leave = leave
        self._enter = enter
        self._chains = 0
        self._waiting = 0
        self._is_away = False

    def begin_chain(self) -> None:
        """Steps are about to be carried out, one after the other."""
        self._chains += 1

    def end_chain(self) -> None:
        """They have ended."""
        self._chains -= 1
        self._look()

    @asynccontextmanager
    async def given_back(self) -> AsyncIterator[None]:
        """A block in which one chain waits for a person. It is left with a slot, unless by a cancellation."""
        self._waiting += 1
        self._look()
        try:
            yield
        finally:
            self._waiting -= 1
        if self._is_away:
            await self._enter()
            self._is_away = False

    def _look(self) -> None:
        if not self._is_away and 0 < self._chains == self._waiting:
            self._is_away = True
            self._leave()
