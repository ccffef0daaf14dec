"""Sends to one client. A client that takes nothing for a while is given up; what was begun is never left out."""

import trio

_NOTHING = memoryview(b"")  # an empty slice would keep the whole reply in memory


class DisconnectedError(Exception):
    """The client is gone, or takes nothing any more. Ends its connection and nothing else."""


class Sender:
    """Keeps what a cancelled `send` has not sent, so that the replies after it still begin where a reply begins."""

    def __init__(self, connection: trio.socket.SocketType, *, stalled_s: float) -> None:
        self._connection = connection
        self._stalled_s = stalled_s
        self._rest = _NOTHING

    async def send(self, data: bytes) -> None:
        """Send all of `data` after what is left. Raises DisconnectedError."""
        await self._flush()
        self._rest = memoryview(data)
        await self._flush()

    async def _flush(self) -> None:
        while self._rest:
            sent = 0
            with trio.move_on_after(self._stalled_s):
                try:
                    sent = await self._connection.send(self._rest)
                except OSError as error:
                    raise DisconnectedError(str(error)) from None
            if not sent:
                message = f"it took nothing for {self._stalled_s:g} s"
                raise DisconnectedError(message)
            self._rest = self._rest[sent:] if sent < len(self._rest) else _NOTHING
