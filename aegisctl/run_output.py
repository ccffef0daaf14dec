"""Output of steps inside the display of a run: the last lines of a failed step, or (`--logs all`) every line."""

from __future__ import annotations

from binascii import a2b_base64
from collections import deque

from aegisctl.failure import Failure
from aegisctl.follow import wait_readable
from aegisctl.log_text import LineSplitter, harmless
from aegisctl.text import escape
from aegisd.wire.errors import CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aegisctl.client import Client, Connection
    from aegisctl.display import Display

_LAST_LINES = 20
_PATIENCE_S = 10.0


class FailedOutput:
    """The last 20 lines of a step that has failed."""

    def __init__(self, client: Client, run: int, *, color: bool) -> None:
        self._client = client
        self._run = run
        self._color = color

    def show_to(self, display: Display, step: str) -> None:
        """Fetch and show them. A daemon that is away at this moment costs the lines, not the display."""
        splitter, lines = LineSplitter(), deque[str](maxlen=_LAST_LINES + 1)
        parameters = {"run": self._run, "steps": [step], "lines": _LAST_LINES + 1}
        try:
            for chunk in self._client.stream("ReadLogs", **parameters):
                for _, line in splitter.feed(a2b_base64(chunk.get("data") or ""), None):
                    lines.extend(harmless(line, color=self._color).split("\n"))
        except (CallError, Failure):
            return
        for _, line in splitter.end():
            lines.extend(harmless(line, color=self._color).split("\n"))
        more = len(lines) > _LAST_LINES
        note = f"the last {_LAST_LINES} lines; all: aegisctl logs {self._run} {escape(step)}"
        display.show_output(step, list(lines)[-_LAST_LINES:], note=note if more else None)


class LiveOutput:
    """All output of a run as it comes, over a connection of its own."""

    def __init__(self, client: Client, run: int, *, color: bool) -> None:
        self._client = client
        self._run = run
        self._color = color
        self._splitters: dict[str, LineSplitter] = {}
        self._shown: dict[tuple[str, int], int] = {}
        self._connection: Connection | None = None
        self.resume()

    def resume(self) -> None:
        """Begin, or begin again after a restart of the daemon; what was shown is not shown twice."""
        if self._connection is None:
            self._connection = self._client.open("ReadLogs", more=True, run=self._run, follow=True)

    def fileno(self) -> int:
        """The descriptor to wait on, -1 when there is no more."""
        return -1 if self._connection is None else self._connection.fileno()

    def show_to(self, display: Display) -> None:
        """Show what has come, without waiting."""
        connection = self._connection
        if connection is None:
            return
        alive = not wait_readable([connection.fileno()], 0.0) or connection.fill()
        while alive and (reply := connection.take()) is not None:
            chunk, alive = reply
            step, data = self._take_new(chunk)
            splitter = self._splitters.setdefault(step, LineSplitter())
            self._show(display, step, [line for _, line in splitter.feed(data, None)])
        if not alive:
            self._end(display)

    def show_rest_to(self, display: Display) -> None:
        """The run has ended: show what is left, until the daemon ends the stream, or is silent for ten seconds."""
        while self._connection is not None:
            if not wait_readable([self._connection.fileno()], _PATIENCE_S):
                self._end(display)
                return
            self.show_to(display)

    def _take_new(self, chunk: dict[str, Any]) -> tuple[str, bytes]:
        """The step of a chunk, and what of it was not shown before."""
        step, offset = str(chunk.get("step") or ""), int(chunk.get("offset") or 0)
        data, source = a2b_base64(chunk.get("data") or ""), (step, int(chunk.get("attempt") or 1))
        shown = self._shown.get(source, 0)
        self._shown[source] = max(shown, offset + len(data))
        return step, data[max(0, shown - offset) :]

    def _end(self, display: Display) -> None:
        for step, splitter in self._splitters.items():
            self._show(display, step, [line for _, line in splitter.end()])
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _show(self, display: Display, step: str, lines: list[bytes]) -> None:
        if lines:
            shown = [part for line in lines for part in harmless(line, color=self._color).split("\n")]
            display.show_output(step, shown)
