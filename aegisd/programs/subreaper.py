"""A subreaper: holds one attempt. It starts the program and becomes the parent of every descendant that loses its own.

So no session and no cleared environment hides a process from it: "no child to wait for" is the kernel's word that
nothing is left, and until then it goes on killing. When aegisd is gone, its socket says so, and it kills at once.

    aegisd to a subreaper     the request (see REQUEST), then letters: T terminate, K kill, L list what is left
    subreaper to aegisd       lines: pid N | refused ERRNO | ended STATUS | left PID... | empty KILLED USAGE...
"""

import errno
import os
import resource
import signal
import socket
import struct
from contextlib import suppress

from aegisd.programs.descendants import kill_descendants, list_descendants, list_untold, signal_all
from aegisd.programs.watch import FIRST_NAP_MS, Watch

REQUEST = struct.Struct("!IIHi")
"""The head of a request: how many bytes follow; how many of their NUL-separated parts are arguments, after the
directory and before the environment; whether there is a niceness, and which."""

IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP)
"""The signals that do not end the spawner and its subreapers: they end with aegisd and after what they hold."""

_DEFAULT_AGAIN = (*IGNORED, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD)


class Subreaper:
    """One attempt. `output` is the file its program writes to."""

    def __init__(self, channel: socket.socket, output: int) -> None:
        self._channel = channel
        self._output = output
        self._watch = Watch(channel)
        self._main = 0
        self._ended = False
        self._killed: set[int] = set()
        self._told: dict[int, str] = {}
        self._lines = b""

    def run(self) -> None:
        """From the request to the end of the last process."""
        try:
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
            if self._watch.wait():
                self._listen()
        self._say(f"empty {len(self._killed)} {describe_usage()}")
        self._tell()

    def _start(self) -> int:
        size, arguments, is_nice, nice = REQUEST.unpack(self._read(REQUEST.size))
        folder, *parts = self._read(size).split(b"\0")
        argv, env = parts[:arguments], dict(part.split(b"=", 1) for part in parts[arguments:] if part)
        os.chdir(folder)
        if is_nice:
            os.setpriority(os.PRIO_PROCESS, 0, max(nice, os.getpriority(os.PRIO_PROCESS, 0)))
        null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        files = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, self._output, 1)]
        files.append((os.POSIX_SPAWN_DUP2, self._output, 2))
        refused = OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        for program in _find(argv[0], env):
            try:
                return os.posix_spawn(
                    program, argv, env, file_actions=files, setsid=True, setsigdef=_DEFAULT_AGAIN, setsigmask=()
                )
            except OSError as error:
                if refused.errno in (errno.ENOENT, errno.ENOTDIR):
                    refused = error
        raise refused

    def _reap(self) -> bool:
        """Take the ends of children; whether there are more to come."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._main and not self._ended:
                self._ended = True
                self._say(f"ended {status}")

    def _listen(self) -> None:
        letters = self._channel.recv(64)
        if not letters:
            self._watch.forget(self._channel)
        if not letters or b"K" in letters:
            self._watch.nap = self._watch.nap or FIRST_NAP_MS
        if b"T" in letters:
            signal_all(list_untold(list_descendants(os.getpid()), self._told), signal.SIGTERM)
        if b"L" in letters:
            self._say(" ".join(["left", *map(str, list_descendants(os.getpid()))]))

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self._channel.recv(size - len(data))
            if not piece:
                raise OSError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
            data += piece
        return bytes(data)

    def _say(self, line: str) -> None:
        self._lines += line.encode() + b"\n"

    def _tell(self) -> None:
        """What was said, in one piece: each wakes aegisd up."""
        said, self._lines = self._lines, b""
        if said:
            with suppress(OSError):  # aegisd is gone: the next read says so
                self._channel.sendall(said)


def describe_usage() -> str:
    """What all children together used, as getrusage(2) counts. Memory that is not more than this process has itself is
    none: a child begins with that before it becomes a program, and the kernel keeps the larger number."""
    used, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    memory = used.ru_maxrss if used.ru_maxrss > own.ru_maxrss else 0
    disk = f"{used.ru_inblock} {used.ru_oublock}"
    return f"{used.ru_utime} {used.ru_stime} {memory} {disk} {used.ru_nvcsw} {used.ru_nivcsw}"


def _find(name: bytes, env: dict[bytes, bytes]) -> list[bytes]:
    """Where the program `name` may be, as execvp(3) looks."""
    if b"/" in name:
        return [name]
    folders = env.get(b"PATH", os.fsencode(os.defpath)).split(b":")
    return [(folder or b".") + b"/" + name for folder in folders]
