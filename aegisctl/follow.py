"""Events from the daemon, across its restarts: a `Follower` resumes after the last cursor and says what it missed.

It never blocks by itself: a caller waits on `fileno` for at most `wait_s` and then calls `advance`. So a display can
tick, and a signal is never shut out. Only the first connection may fail; later ones are tried again with a bounded
back-off.
"""

from __future__ import annotations

import select
import time

from aegisctl.client import ANSWER_S, NAP_S
from aegisctl.failure import Failure
from aegisctl.times import format_clock
from aegisd.wire.errors import CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from aegisctl.client import Client, Connection
    from aegisctl.terminal import Terminal

_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.1, 2.0
_SILENCE_S = 0.25  # a gap would be the first answer, and at once


class Item:
    """What came: an "event" or a "gap" (`data` from the wire), a "mark" of how far the daemon has looked, the daemon
    "away" or "back" (`text` says it)."""

    def __init__(self, kind: str, data: dict[str, Any] | None = None, *, text: str = "") -> None:
        self.kind = kind
        self.data: dict[str, Any] = data or {}
        self.text = text


class Follower:
    """The stream of TailEvents with `parameters`. `ended` once the daemon has said that no more will come."""

    def __init__(
        self, client: Client, parameters: dict[str, Any], *, reconnect: bool = True, utc: bool = False
    ) -> None:
        self.ended = False
        self.cursor: str | None = parameters.get("after")
        self._client = client
        self._parameters = parameters
        self._reconnect = reconnect
        self._utc = utc
        self._away_since: float | None = None
        self._retry_at = 0.0
        self._delay_s = _FIRST_DELAY_S
        self._silent_until: float | None = None
        self._connection: Connection | None = self._open()

    def close(self) -> None:
        """End the stream."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def fileno(self) -> int:
        """The descriptor to wait on, -1 while the daemon is away."""
        return -1 if self._connection is None else self._connection.fileno()

    def wait_s(self) -> float | None:
        """How long to wait at most before `advance`; None when only the descriptor matters."""
        until = self._retry_at if self._connection is None else self._silent_until
        return None if until is None else max(0.0, until - time.monotonic())

    def advance(self) -> list[Item]:
        """What has come since, without waiting for more. Raises Failure where the stream broke and may not resume."""
        if self._connection is None:
            self._try_again()
        connection = self._connection
        if connection is None:
            return []
        alive = not _is_readable(connection) or connection.fill()
        items = self._take_all(connection)
        if self._silent_until is not None and time.monotonic() >= self._silent_until:
            items.append(self._back(missed=False))
        if not alive and not self.ended:
            items.append(self._lose())
        return items

    def items(self) -> Iterator[Item]:
        """Everything until the end, for a caller that has nothing else to wait for."""
        while not self.ended:
            yield from self.advance()
            if not self.ended:
                self._wait()

    def _wait(self) -> None:
        """Wait for what comes; what does not follow is not waited for longer than any other answer."""
        limit_s = self.wait_s()
        if self._parameters.get("follow") or limit_s is not None:
            wait_readable([self.fileno()], NAP_S if limit_s is None else min(limit_s, NAP_S))
        elif not wait_readable([self.fileno()], ANSWER_S):
            message = f"aegisd took the call but did not answer within {ANSWER_S:g} s"
            raise Failure("no-answer", message, hint="its words:  journalctl -u aegisd -n 20")

    def _open(self) -> Connection:
        parameters = dict(self._parameters)
        if self.cursor is not None:
            parameters.update(after=self.cursor, last=None, since=None)
        return self._client.open("TailEvents", more=True, **parameters)

    def _take_all(self, connection: Connection) -> list[Item]:
        items: list[Item] = []
        while not self.ended:
            reply = connection.take()
            if reply is None:
                break
            answer, continues = reply
            self.ended = not continues and not answer.get("stopping")
            event, gap = answer.get("event"), answer.get("gap")
            if self._silent_until is not None:
                items.append(self._back(missed=gap is not None))
            self.cursor = answer.get("cursor") or self.cursor
            if gap is not None:
                items.append(Item("gap", {**gap, "cursor": answer.get("cursor")}, text=describe_gap(gap)))
            elif answer.get("cursor") is not None:
                items.append(Item("mark", {"cursor": self.cursor}))
            if event is not None:
                self.cursor = event["cursor"]
                items.append(Item("event", event))
        return items

    def _lose(self) -> Item:
        self.close()
        if not self._reconnect:
            message = "the stream broke: aegisd went away"
            raise Failure("broken-stream", message, hint="its words:  journalctl -u aegisd -n 20")
        self._away_since = time.monotonic()
        self._delay_s = _FIRST_DELAY_S
        self._retry_at = self._away_since + self._delay_s
        clock = format_clock(time.time(), utc=self._utc)
        return Item("away", text=f"-- aegisd went away at {clock}, waiting (Ctrl-C to leave) --")

    def _try_again(self) -> None:
        """One attempt, when it is due. A call first: a socket that systemd holds accepts before aegisd is there."""
        if time.monotonic() < self._retry_at:
            return
        try:
            self._client.call("GetStatus")
            self._connection = self._open()
        except (Failure, CallError):
            self._delay_s = min(_LONGEST_DELAY_S, self._delay_s * 2)
            self._retry_at = time.monotonic() + self._delay_s
        else:
            self._silent_until = time.monotonic() + _SILENCE_S

    def _back(self, *, missed: bool) -> Item:
        self._silent_until = None
        away_s = time.monotonic() - (self._away_since or time.monotonic())
        missed_words = "" if missed else ", nothing missed"
        return Item("back", text=f"-- back after {max(1, round(away_s))} s{missed_words} --")


def describe_gap(gap: dict[str, Any]) -> str:
    """`… 37 events lost`."""
    count = gap["to"] - gap["from"] + 1
    return f"… {count} event{'' if count == 1 else 's'} lost"


def gap_line(gap: dict[str, Any]) -> dict[str, Any]:
    """A gap as the object that JSON streams carry in its place."""
    return {"type": "aegis.gap", "missed": gap["to"] - gap["from"] + 1, "from": gap["from"], "to": gap["to"]}


def wait_readable(descriptors: list[int], limit_s: float | None) -> list[int]:
    """Those of `descriptors` that can be read, waited for; negative ones are none."""
    poll = select.poll()
    for descriptor in descriptors:
        if descriptor >= 0:
            poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(None if limit_s is None else limit_s * 1000 + 1)]


def show_notice(item: Item, stderr: Terminal) -> None:
    """The line about a daemon that is away or back."""
    stderr.write(f"{item.text}\n")


def _is_readable(connection: Connection) -> bool:
    return bool(wait_readable([connection.fileno()], 0.0))
