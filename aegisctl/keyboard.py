"""Single keys from the terminal, for the menu of Ctrl-C. The terminal is always given back as it was."""

from __future__ import annotations

import os
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STDIN = 0


class Keyboard:
    """`open` for keys without Enter and without echo, `close` to give the terminal back; both may be called twice."""

    def __init__(self) -> None:
        self._before: list[Any] | None = None

    def open(self) -> bool:
        """Whether there is a keyboard: a terminal on stdin that is ours (a background job must not touch it)."""
        try:
            if not os.isatty(_STDIN) or os.tcgetpgrp(_STDIN) != os.getpgrp():
                return False
            attributes = termios.tcgetattr(_STDIN)
            if self._before is None:
                self._before = [*attributes[:6], list(attributes[6])]
            attributes[3] &= ~(termios.ICANON | termios.ECHO)
            attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 1, 0
            termios.tcsetattr(_STDIN, termios.TCSADRAIN, attributes)
        except (OSError, termios.error):
            return False
        return True

    def close(self) -> None:
        """Give the terminal back."""
        if self._before is None:
            return
        try:
            termios.tcsetattr(_STDIN, termios.TCSADRAIN, self._before)
        except (OSError, termios.error):
            return  # the terminal is gone; there is nothing to restore
        finally:
            self._before = None

    def fileno(self) -> int:
        """The descriptor to wait on, -1 while closed."""
        return -1 if self._before is None else _STDIN

    def read(self) -> str:
        """The keys that were pressed; at the end of stdin the keyboard closes."""
        data = os.read(_STDIN, 64)
        if not data:
            self.close()
        return data.decode("latin-1")
