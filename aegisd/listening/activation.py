"""Sockets as systemd hands them over (sd_listen_fds): with `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES`."""

import fcntl
import os
import socket
from collections.abc import Mapping

from aegisd.listening.refusal import ListenError

CONTROL = "ctl"
HTTP = "http"
_FIRST = 3


def take_activated_socket(environment: Mapping[str, str], *, first: int = _FIRST) -> socket.socket | None:
    """The listening socket named `ctl`, or the only one when it is a Unix socket; None when there is none.

    Raises ListenError when what is named `ctl` does not listen.
    """
    names = _names(environment)
    for offset, name in enumerate(names):
        if name == CONTROL or (len(names) == 1 and name != HTTP):
            return _take(first + offset, name=name)
    return None


def take_http_sockets(environment: Mapping[str, str], *, first: int = _FIRST) -> list[socket.socket]:
    """The listening sockets named `http`: TCP or Unix. Raises ListenError when one of them does not listen.

    They can be taken once: their descriptors belong to the sockets from then on.
    """
    taken = [_take(first + offset, name=name) for offset, name in enumerate(_names(environment)) if name == HTTP]
    return [each for each in taken if each is not None]


def _names(environment: Mapping[str, str]) -> list[str]:
    """The name of each descriptor that is ours; empty for one without."""
    try:
        ours = int(environment.get("LISTEN_PID", "")) == os.getpid()
        count = int(environment.get("LISTEN_FDS", "")) if ours else 0
    except ValueError:
        return []
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    return [names[offset] if offset < len(names) else "" for offset in range(count)]


def _take(fd: int, *, name: str) -> socket.socket | None:
    try:
        fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
        found = socket.socket(fileno=fd)
    except OSError as error:
        message = f"file descriptor {fd} of the socket unit is no socket: {error.strerror}"
        raise ListenError(message) from None
    families = {socket.AF_UNIX} if name != HTTP else {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6}
    if found.family in families and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return found
    found.detach()
    if name not in {CONTROL, HTTP}:
        return None
    kind, address = ("Unix socket", "a path") if name == CONTROL else ("socket", "a port or a path")
    message = f'file descriptor {fd}, named "{name}" by the socket unit, is not a listening {kind}'
    raise ListenError(message, hint=f"the unit needs  ListenStream=  with {address}, and  Accept=no")
