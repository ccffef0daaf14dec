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
        self._channel = channel
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        self._poll.register(self._reader, select.POLLIN)
        self.nap: int | None = None

    def wait(self) -> bool:
        """Until something happens; whether the socket has something to say."""
        spoken = False
        for fd, _ in self._poll.poll(self.nap):
            if fd == self._reader:
                os.read(fd, 4096)
            else:
                spoken = True
        if self.nap is not None:
            self.nap = min(self.nap * 2, _LONGEST_NAP_MS)
        return spoken

    def forget_channel(self) -> None:
        """It has nothing more to say."""
        self._poll.unregister(self._channel)

    def close(self) -> None:
        """In a child, before it has a watch of its own."""
        os.close(signal.set_wakeup_fd(-1))
        os.close(self._reader)
