"""A keeper: a subreaper that outlives aegisd on purpose, so that an attempt goes on while aegisd is replaced.

It has one owner at a time. When the owner is gone it waits for another one on its own socket; when none comes in time
it ends the attempt itself, so that nothing runs for ever without an owner. How the attempt ended is put into a file, in
one piece, before it is told: an owner that is gone at that moment has not missed it.

    an owner to a keeper     the terms (see TERMS) and the request, from the first one; then letters, as to a subreaper
    a keeper to its owner    what a subreaper says, from the beginning for each owner, with times: pid N | ended STATUS
                             SECONDS (since the boot) | abandoned (nobody came in time); taken: somebody else owns it
"""

import errno
import math
import os
import signal
import socket
import struct
import time
from contextlib import suppress

from aegisd.programs.descendants import kill_descendants, list_descendants, signal_all
from aegisd.programs.subreaper import Subreaper, describe_usage
from aegisd.programs.watch import FIRST_NAP_MS

TERMS = struct.Struct("!Hdd")
"""The head of what a keeper is told first: how many bytes the path of its file has, which follows; for how many seconds
it waits for another owner, and how many it then gives the attempt between SIGTERM and SIGKILL."""

_CREDENTIALS = struct.Struct("iII")
_RETRY_MS = 1000


class Keeper(Subreaper):
    """One attempt. `output` is the file its program writes to, `listener` where the next owner connects."""

    def __init__(self, channel: socket.socket, output: int, listener: socket.socket) -> None:
        super().__init__(channel, output)
        listener.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._listener = listener
        self._watch.add(listener)
        self._story = b""
        self._path = b""
        self._patience = self._grace = 0.0
        self._is_owned = True
        self._deadline = math.inf
        self._is_abandoned = False

    def run(self) -> None:
        """From the terms to the end of the last process, and until that is in the file or told."""
        try:
            self._read_terms()
            self._main = self._start()
        except OSError as error:
            self._say(f"refused {error.errno or errno.EIO}")
            self._tell()
            return
        os.close(self._output)
        self._say(f"pid {self._main}")
        self._tell()
        while self._reap():
            self._tell()
            if self._watch.nap is not None:
                self._killed |= kill_descendants(os.getpid())
            self._look(self._left_ms())
        self._say(f"empty {len(self._killed)} {describe_usage()}")
        while not self._write_story() and not self._is_owned and not self._is_abandoned:
            self._look(_RETRY_MS)
        self._tell()

    def _read_terms(self) -> None:
        size, self._patience, self._grace = TERMS.unpack(self._read(TERMS.size))
        self._path = self._read(size)

    def _look(self, most_ms: int | None) -> None:
        """Wait for something to happen, and see to it."""
        spoken = self._watch.wait(most_ms)
        if self._is_owned and self._channel.fileno() in spoken:
            self._listen()
        if self._listener.fileno() in spoken:
            self._accept()
        if time.monotonic() >= self._deadline:
            self._abandon()

    def _listen(self) -> None:
        if self._is_owned and _is_over(self._channel):
            self._watch.forget(self._channel)
            self._channel.close()
            self._is_owned = False
            self._deadline = min(self._deadline, time.monotonic() + self._patience)
        else:
            super()._listen()

    def _accept(self) -> None:
        try:
            caller, _ = self._listener.accept()
        except OSError:
            return
        if not _is_trusted(caller) or (self._is_owned and not _is_over(self._channel)):
            with caller, suppress(OSError):
                caller.sendall(b"taken\n")
            return
        if self._is_owned:
            self._listen()
        self._channel, self._is_owned = caller, True
        self._watch.add(caller)
        if not self._is_abandoned:
            self._deadline = math.inf
        with suppress(OSError):  # it is gone again: the next read says so
            caller.sendall(self._story)

    def _abandon(self) -> None:
        """Nobody came: SIGTERM, and after the grace SIGKILL until nothing is left."""
        if self._is_abandoned:
            self._deadline = math.inf
            self._watch.nap = self._watch.nap or FIRST_NAP_MS
            return
        self._is_abandoned = True
        self._deadline = time.monotonic() + self._grace
        self._say("abandoned")
        signal_all(list_descendants(os.getpid()), signal.SIGTERM)

    def _left_ms(self) -> int | None:
        left = self._deadline - time.monotonic()
        return None if math.isinf(left) else max(0, math.ceil(left * 1000))

    def _say(self, line: str) -> None:
        if line.startswith("ended "):
            line += f" {time.clock_gettime(time.CLOCK_BOOTTIME):.6f}"
        if not line.startswith("left"):
            self._story += line.encode() + b"\n"
        super()._say(line)

    def _write_story(self) -> bool:
        """Whether all that there is to say is in the file."""
        new = self._path + b".new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            fd = os.open(new, flags, 0o600)
            try:
                whole = os.write(fd, self._story) == len(self._story)
            finally:
                os.close(fd)
            if whole:
                os.replace(new, self._path)  # noqa: PTH105 - a small program, which imports little
        except OSError:
            return False
        return whole


def _is_over(channel: socket.socket) -> bool:
    """Whether the other side is gone and has nothing more to say."""
    try:
        return not channel.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _is_trusted(caller: socket.socket) -> bool:
    """Whether root or this process's own user calls."""
    _, uid, _ = _CREDENTIALS.unpack(caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return uid in (0, os.geteuid())
