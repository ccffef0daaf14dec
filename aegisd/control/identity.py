"""Who is at the other end of a connection, as the kernel says. Names come from NSS, which may hang: own threads."""

import os
import pwd
import socket
import struct
from collections.abc import Callable
from typing import TypeVar

import trio

from aegisd.control.peer import Peer

_CREDENTIALS = struct.Struct("=iII")
_PEERGROUPS = (
    59  # SO_PEERGROUPS, Linux 4.13 (asm-generic/socket.h); the socket module of Python 3.11 has no name for it
)
_MOST_GROUPS_BYTES = 1024
_KEPT_S = 60.0
_KEPT = 256
_LOOKUP_S = 2.0

_Found = TypeVar("_Found")


class Identities:
    """Finds names and groups; remembers names for a minute. A look-up that hangs costs its own client two seconds."""

    def __init__(self, *, lookup: Callable[[int], str] = lambda uid: pwd.getpwuid(uid).pw_name) -> None:
        self._lookup = lookup
        self._limiter = trio.CapacityLimiter(4)
        self._names: dict[int, tuple[str, float]] = {}

    async def identify(self, connection: trio.socket.SocketType) -> Peer:
        """The peer of `connection`. Raises OSError when the kernel does not say."""
        pid, uid, gid = read_credentials(connection)
        name = await self._find_name(uid)
        groups = read_groups(connection)
        if groups is None:
            found = await self._ask(lambda: os.getgrouplist(name, gid))
            groups = frozenset(found or ())
        return Peer(pid=pid, uid=uid, gid=gid, groups=groups, name=name)

    async def _find_name(self, uid: int) -> str:
        known = self._names.get(uid)
        if known is not None and known[1] > trio.current_time():
            return known[0]
        name = await self._ask(lambda: self._lookup(uid))
        if name is None:
            return f"uid {uid}"
        if len(self._names) >= _KEPT:
            self._names.clear()
        self._names[uid] = (name, trio.current_time() + _KEPT_S)
        return name

    async def _ask(self, question: Callable[[], _Found]) -> _Found | None:
        """The answer of NSS; None when there is none or it takes too long."""
        with trio.move_on_after(_LOOKUP_S):
            try:
                return await trio.to_thread.run_sync(question, abandon_on_cancel=True, limiter=self._limiter)
            except (KeyError, OSError):
                return None
        return None


def read_credentials(connection: trio.socket.SocketType) -> tuple[int, int, int]:
    """The pid, uid and gid that the peer had when it connected."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, gid = _CREDENTIALS.unpack(raw)
    return pid, uid, gid


def read_groups(connection: trio.socket.SocketType) -> frozenset[int] | None:
    """The peer's supplementary groups; None when there are more than Python's getsockopt can take (256)."""
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, _PEERGROUPS, _MOST_GROUPS_BYTES)
    except OSError:
        return None
    return frozenset(gid for (gid,) in struct.iter_unpack("=I", raw))
