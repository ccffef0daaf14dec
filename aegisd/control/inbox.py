"""Reads one client's calls beside the one that is answered, so that a client that leaves is noticed at once.

Calls that come meanwhile are kept, up to the limit of one message; beyond that they wait in the kernel.
"""

import math
import select
from collections.abc import Callable

import trio

from aegisd.control.limits import Limits
from aegisd.wire.framing import Framer, FramingError

_READ = 64 * 1024
_LOOK_S = 0.25


class Inbox:
    """The calls of one client. `run` fills it, `next_frame` empties it."""

    def __init__(self, connection: trio.socket.SocketType, *, limits: Limits) -> None:
        self._connection = connection
        self._limits = limits
        self._framer = Framer(limit=limits.message)
        self._changed = trio.Event()
        self._ended = False
        self._closed = False

    async def run(self, on_gone: Callable[[], None]) -> None:
        """Read until the client is gone, in both directions, and tell `on_gone`.

        One that only ended its calls still listens. Calls that it left behind are still there for `next_frame`.
        `on_gone` is not kept: what is sent to a client must not be held by a cycle.
        """
        while not self._ended:
            if self._framer.pending <= self._limits.message:
                self._take(await self._read())
            else:
                self._notice(on_gone)
                with trio.move_on_after(_LOOK_S):
                    await self._changed.wait()
        while not _is_hung_up(self._connection):  # noqa: ASYNC110 - the kernel has no event for it that Trio takes
            await trio.sleep(_LOOK_S)
        self._notice(on_gone)

    async def next_frame(self) -> bytes | None:
        """The next call, None when there will be no more. Raises FramingError when one is too long or never whole."""
        deadline = math.inf
        while not self._closed:
            frame = self._framer.next_frame()
            if frame is not None:
                self._wake()
                return frame
            if self._ended:
                break
            if deadline == math.inf and self._framer.pending:
                deadline = trio.current_time() + self._limits.whole_s
            with trio.move_on_at(deadline) as waiting:
                await self._changed.wait()
            if waiting.cancelled_caught:
                message = f"a message was not whole after {self._limits.whole_s:g} s"
                raise FramingError(message)
        return None

    def close(self) -> None:
        """Take no more calls, those included that were read already."""
        self._closed = True
        self._wake()

    def _notice(self, on_gone: Callable[[], None]) -> None:
        if _is_hung_up(self._connection):
            on_gone()

    async def _read(self) -> bytes:
        try:
            return await self._connection.recv(_READ)
        except OSError:
            return b""

    def _take(self, data: bytes) -> None:
        if data:
            self._framer.feed(data)
        else:
            self._ended = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


def _is_hung_up(connection: trio.socket.SocketType) -> bool:
    """Whether the peer has closed both directions; unread bytes do not hide it."""
    poll = select.poll()
    poll.register(connection.fileno(), 0)
    return bool(poll.poll(0))
