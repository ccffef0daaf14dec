"""The spawner: a small single-threaded process that forks a subreaper for each attempt of a step, where there is no
cgroup.

Its argument is the number of a socket (SOCK_SEQPACKET) to aegisd. It is forked from, because a fork of aegisd itself
would cost ten times as much. A subreaper gets a stream socket of its own to aegisd; the spawner keeps none of them, so
that the end of aegisd reaches each. Orphans of a subreaper that was killed come to the spawner, which ends them.

    aegisd to the spawner     start ID, with the socket and the file for output; kill ID; keep ID, as start, for a
                              keeper, with the socket on which it listens
    spawner to aegisd         lost ID: that subreaper was killed, and nothing of the attempt is left
"""

import array
import ctypes
import errno
import gc
import os
import signal
import socket
from contextlib import suppress

from aegisd.programs.descendants import kill_descendants
from aegisd.programs.keeper import Keeper
from aegisd.programs.subreaper import IGNORED, Subreaper
from aegisd.programs.watch import FIRST_NAP_MS, Watch

_DESCRIPTORS = {"start": 2, "keep": 3}
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36

_prctl = ctypes.CDLL(None).prctl


def main(fd: str) -> None:
    """Serve the socket `fd`."""
    os.set_inheritable(int(fd), False)  # noqa: FBT003 - the standard library's own signature
    _become_reaper(b"aegis-spawner")
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    gc.disable()
    Spawner(socket.socket(fileno=int(fd))).run()


class Spawner:
    """The process's loop. `subreapers` are the running ones by pid, with the attempts' ids."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._watch = Watch(channel)
        self._subreapers: dict[int, str] = {}
        self._lost: list[str] = []
        self._over = False

    def run(self) -> None:
        """Serve until aegisd and all subreapers are gone."""
        while True:
            if self._watch.wait() and not self._over:
                self._listen()
            has_children = self._reap()
            if self._lost:
                self._end_orphans()
            if self._over and not has_children:
                return

    def _listen(self) -> None:
        data, ancillary, _, _ = self._channel.recvmsg(64, 256, socket.MSG_CMSG_CLOEXEC)
        if not data:
            self._over = True
            self._watch.forget(self._channel)
            return
        verb, _, attempt = data.decode().partition(" ")
        descriptors = array.array("i", b"".join(part for _, _, part in ancillary))
        if len(descriptors) == _DESCRIPTORS.get(verb):
            self._start(attempt, *descriptors)
            return
        for fd in descriptors:  # there was room for one only: the socket that nobody holds any more tells aegisd
            os.close(fd)
        for pid, known in self._subreapers.items():
            if known == attempt:
                os.kill(pid, signal.SIGKILL)

    def _start(self, attempt: str, channel: int, output: int, *listener: int) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            with suppress(OSError):
                os.write(channel, b"refused %d\n" % (error.errno or errno.EAGAIN))
        else:
            if pid == 0:
                self._become_subreaper(channel, output, *listener)
            self._subreapers[pid] = attempt
        for fd in (channel, output, *listener):
            os.close(fd)

    def _become_subreaper(self, channel: int, output: int, *listener: int) -> None:
        status = 1
        try:
            self._watch.close()
            self._channel.close()
            os.setsid()
            _become_reaper(b"aegis-keeper" if listener else b"aegis-subreaper")
            if listener:
                Keeper(socket.socket(fileno=channel), output, socket.socket(fileno=listener[0])).run()
            else:
                Subreaper(socket.socket(fileno=channel), output).run()
            status = 0
        finally:
            os._exit(status)

    def _reap(self) -> bool:
        """Take the ends of children; whether there are more to come."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            attempt = self._subreapers.pop(pid, None)
            if attempt is not None and status != 0:
                self._lost.append(attempt)
                self._watch.nap = FIRST_NAP_MS

    def _end_orphans(self) -> None:
        """Kill what subreapers left behind that were killed, and tell of them once there is nothing."""
        if kill_descendants(os.getpid(), spare=self._subreapers):
            return
        self._watch.nap = None
        lost, self._lost = self._lost, []
        for attempt in lost:
            with suppress(OSError):
                self._channel.send(f"lost {attempt}".encode())


def _become_reaper(name: bytes) -> None:
    """Orphans among the descendants become children of this process, which people see under that name."""
    _prctl(_PR_SET_NAME, name, 0, 0, 0)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
