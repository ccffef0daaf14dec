"""What a process with children waits for: a socket that has something to say, a child that has ended, a nap that is
over."""

import os
import select
import signal
import socket

FIRST_NAP_MS = 1

_LONGEST_NAP_MS = 50


class Watch:
    """A poll of a socket and of the ends of children. `nap` is how long it waits at most (ms)."""

    def __init__(self, channel: socket.socket) -> None:
        self._reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        self._poll.register(self._reader, select.POLLIN)
        self.nap: int | None = None

    def wait(self, most_ms: int | None = None) -> set[int]:
        """Until something happens, or for `most_ms`; the descriptors of the sockets that have something to say."""
        limits = [limit for limit in (self.nap, most_ms) if limit is not None]
        spoken = set()
        for fd, _ in self._poll.poll(min(limits, default=None)):
            if fd == self._reader:
                os.read(fd, 4096)
            else:
                spoken.add(fd)
        if self.nap is not None:
            self.nap = min(self.nap * 2, _LONGEST_NAP_MS)
        return spoken

    def add(self, channel: socket.socket) -> None:
        """Another socket may have something to say."""
        self._poll.register(channel, select.POLLIN)

    def forget(self, channel: socket.socket) -> None:
        """It has nothing more to say."""
        self._poll.unregister(channel)

    def close(self) -> None:
        """In a child, before it has a watch of its own."""
        os.close(signal.set_wakeup_fd(-1))
        os.close(self._reader)
