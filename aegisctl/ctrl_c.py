"""What a Ctrl-C means while a run is watched, as a table of states. Pure: no signals, no terminal, no clock.

`mode` is "ask" (a terminal), "cancel" (a pipe, a CI job), "detach" (`--on-interrupt`) or "leave" (`watch`).
"""

from __future__ import annotations

MENU_S = 8.0
CANCEL_WAIT_S = 10.0

WATCHING, MENU, CANCELLING = "watching", "menu", "cancelling"


class CtrlC:
    """Each method answers what to do now: "ask", "cancel", "detach", "keep", "leave", "give-up", or None."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.state = WATCHING
        self._until = 0.0

    @property
    def presses_to_leave(self) -> int:
        """With how many presses, from here on, aegisctl must leave at once, whatever else it is doing."""
        if self.mode in {"detach", "leave"} or self.state == CANCELLING:
            return 1
        if self.mode == "cancel" or self.state == MENU:
            return 2
        return 3

    def wait_s(self, now: float) -> float | None:
        """How long until `on_time` has something to say."""
        return max(0.0, self._until - now) if self._until else None

    def on_signal(self, now: float) -> str:
        """Ctrl-C was pressed."""
        if self.state == CANCELLING or self.mode == "leave":
            return "leave"
        if self.mode == "detach":
            return "detach"
        if self.mode == "cancel" or self.state == MENU:
            return self._cancel(now)
        self.state, self._until = MENU, now + MENU_S
        return "ask"

    def on_key(self, key: str, now: float) -> str | None:
        """A key was pressed in the menu."""
        if self.state != MENU:
            return None
        if key in "cC":
            return self._cancel(now)
        if key in "dD":
            return "detach"
        if key in "\r\n":
            self.state, self._until = WATCHING, 0.0
            return "keep"
        return None

    def on_time(self, now: float) -> str | None:
        """Nobody answered the menu, or the run did not end in the time that a pipe waits."""
        if not self._until or now < self._until:
            return None
        self._until = 0.0
        return "detach" if self.state == MENU else "give-up"

    def _cancel(self, now: float) -> str:
        self.state = CANCELLING
        self._until = now + CANCEL_WAIT_S if self.mode == "cancel" else 0.0
        return "cancel"
