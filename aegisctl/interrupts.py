"""Signals while a run is watched: they are counted and wake the waiting loop; the last Ctrl-C leaves from anywhere."""

from __future__ import annotations

import contextlib
import os
import signal

from aegisctl.failure import EXIT_SIGHUP, Leave
from aegisd.wire.errors import EXIT_SIGINT, EXIT_SIGTERM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from aegisctl.ctrl_c import CtrlC

_WATCHED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH, signal.SIGCONT)


def leave_on_signals() -> None:
    """For a verb that lasts: SIGTERM and SIGHUP unwind it instead of killing it, so that what it began is tidied up."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, _leave)


class Interrupts:
    """A context. It counts Ctrl-C, notes a resize and the end of a Ctrl-Z; `fileno` becomes readable at each."""

    def __init__(self, ctrl_c: CtrlC, *, leave_note: str | None) -> None:
        self._repaint = ""
        self._ctrl_c = ctrl_c
        self._leave_note = leave_note
        self._presses = 0
        self._before: dict[int, Any] = {}
        self._reader = self._writer = self._wakeup = -1

    def __enter__(self) -> Interrupts:  # noqa: PYI034 - `Self` would need typing
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._wakeup = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in _WATCHED:
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        os.close(self._reader)
        os.close(self._writer)

    def fileno(self) -> int:
        """The descriptor to wait on beside others."""
        return self._reader

    def take_presses(self) -> int:
        """How often Ctrl-C was pressed since the last call."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, 512)
        taken, self._presses = self._presses, 0
        return taken

    def take_repaint(self) -> str:
        """How the screen has changed under us since the last call: "resize", "continue" (after Ctrl-Z) or not ("")."""
        taken, self._repaint = self._repaint, ""
        return taken

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGCONT:
            self._repaint = "continue"
        elif number == signal.SIGWINCH:
            self._repaint = self._repaint or "resize"
        elif number == signal.SIGHUP:
            raise Leave(EXIT_SIGHUP)
        elif number == signal.SIGTERM and self._ctrl_c.mode != "cancel":
            raise Leave(EXIT_SIGTERM, self._leave_note)
        else:
            self._presses += 1
            if self._presses >= self._ctrl_c.presses_to_leave:
                raise Leave(EXIT_SIGINT, self._leave_note)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise Leave(EXIT_SIGTERM if number == signal.SIGTERM else EXIT_SIGHUP)
