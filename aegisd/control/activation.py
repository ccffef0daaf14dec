"""The control socket as systemd hands it over (sd_listen_fds): with `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES`."""

import fcntl
import os
import socket
from collections.abc import Mapping

from aegisd.control.refusal import ListenError

NAME = "ctl"
_FIRST = 3


def take_activated_socket(environment: Mapping[str, str], *, first: int = _FIRST) -> socket.socket | None:
    """The listening socket named `ctl`, or the only one when it is a Unix socket; None when there is none.

    Raises ListenError when what is named `ctl` does not listen.
    """
    count = _count(environment)
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    for offset in range(count):
        named = offset < len(names) and names[offset] == NAME
        if named or count == 1:
            return _take(first + offset, named=named)
    return None


def _count(environment: Mapping[str, str]) -> int:
    try:
        ours = int(environment.get("LISTEN_PID", "")) == os.getpid()
        return int(environment.get("LISTEN_FDS", "")) if ours else 0
    except ValueError:
        return 0


def _take(fd: int, *, named: bool) -> socket.socket | None:
    try:
        fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
        found = socket.socket(fileno=fd)
    except OSError as error:
        message = f"file descriptor {fd} of the socket unit is no socket: {error.strerror}"
        raise ListenError(message) from None
    if found.family == socket.AF_UNIX and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return found
    found.detach()
    if not named:
        return None
    message = f'file descriptor {fd}, named "{NAME}" by the socket unit, is not a listening Unix socket'
    raise ListenError(message, hint="the unit needs  ListenStream=  with a path, and  Accept=no")
