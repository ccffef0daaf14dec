"""aegisctl on a terminal of its own: a pseudo-terminal that controls a new session, with keys and signals."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.aegisctl.screen import Screen

ROOT = Path(__file__).parent.parent.parent
_PATIENCE_S = 10.0

# take the terminal on stdin as our own, as a login shell has it, then become aegisctl
_LAUNCHER = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "aegisctl", *sys.argv[1:]])
"""


class PtySession:
    """A context. `text` is all that was written; `press` types, `wait_for` reads until words come, `end` to the end."""

    def __init__(
        self, *words: str, env: Mapping[str, str], columns: int = 80, rows: int = 24, stdout: int | None = None
    ) -> None:
        self._words = words
        self._env = env
        self._size = (columns, rows)
        self._stdout = stdout
        self.text = ""

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        self.resize(*self._size, signalled=False)
        self.before = termios.tcgetattr(slave)
        self._slave = slave
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCHER, *self._words],
            stdin=slave,
            stdout=slave if self._stdout is None else self._stdout,
            stderr=slave,
            env=dict(self._env),
            cwd=ROOT,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._slave)
        os.close(self._master)

    @property
    def screen(self) -> Screen:
        """What a reader sees, colours left out."""
        return Screen(*self._size).feed(self.text)

    def resize(self, columns: int, rows: int, *, signalled: bool = True) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if signalled:
            self.process.send_signal(signal.SIGWINCH)

    def press(self, keys: str) -> None:
        r"""Type; "\x03" is Ctrl-C."""
        os.write(self._master, keys.encode())

    def wait_for(self, words: str) -> str:
        """Read until `words` appear after what was waited for before; gives all text so far."""
        deadline = time.monotonic() + _PATIENCE_S
        start = getattr(self, "_seen", 0)
        while words not in self.text[start:]:
            assert time.monotonic() < deadline, f"{words!r} did not appear in:\n{self.text}"
            assert self._read(0.2) or self.process.poll() is None, f"ended without {words!r}:\n{self.text}"
        self._seen = self.text.index(words, start) + len(words)
        return self.text

    def end(self) -> int:
        """Wait for the exit and give its status; what was written last is in `text`."""
        deadline = time.monotonic() + _PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end:\n{self.text}"
            self._read(0.02)
        while self._read(0.0):
            pass
        return self.process.returncode

    def attributes(self) -> list[object]:
        """The terminal's settings now."""
        return termios.tcgetattr(self._slave)

    def _read(self, limit_s: float) -> bool:
        if not select.select([self._master], [], [], limit_s)[0]:
            return False
        self.text += os.read(self._master, 65536).decode("utf-8", "replace")
        return True
