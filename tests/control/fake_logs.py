"""The output of the runs of the daemon in memory."""

import trio
from attrs import define, field

from aegisd.streams import LogPiece


@define
class FakeLogs:
    """The output of one run: `pieces` so far; ends when `ended` is set."""

    pieces: list[LogPiece] = field(factory=list)
    ended: trio.Event = field(factory=trio.Event)


class FakeLogStream:
    """Reads `logs` from its start."""

    def __init__(self, logs: FakeLogs, *, follow: bool) -> None:
        self._logs = logs
        self._follow = follow
        self._next = 0

    async def read(self) -> LogPiece | None:
        """The next piece, None at the end."""
        if self._next == len(self._logs.pieces):
            if not self._follow:
                return None
            await self._logs.ended.wait()
            if self._next == len(self._logs.pieces):
                return None
        self._next += 1
        return self._logs.pieces[self._next - 1]
