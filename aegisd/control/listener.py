"""The listening socket of the control door: at its path for its group, or as systemd passed it."""

import grp
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from aegisd.listening.activation import take_activated_socket
from aegisd.listening.refusal import ListenError
from aegisd.listening.unix import bind_unix, remove_own

_SETTING = "control.socket"


@asynccontextmanager
async def open_listener(
    path: str | Path, *, group: str | None, environment: Mapping[str, str]
) -> AsyncIterator[trio.SocketListener]:
    """A listener at `path` (0660 for `group`, 0600 without one), or the one that systemd passed. Raises ListenError.

    At the end the file is removed when it is still this one; a passed socket is systemd's to keep.
    """
    passed = take_activated_socket(environment)
    if passed is not None:
        async with trio.SocketListener(trio.socket.from_stdlib_socket(passed)) as listener:
            yield listener
        return
    gid = None if group is None else await trio.to_thread.run_sync(_find_gid, group)
    path = Path(path)
    bound, identity = bind_unix(path, gid=gid, what="control socket", setting=_SETTING)
    try:
        async with trio.SocketListener(trio.socket.from_stdlib_socket(bound)) as listener:
            yield listener
    finally:
        remove_own(path, identity)


def _find_gid(group: str) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        message = f'control.group: there is no group "{group}" on this host'
        raise ListenError(message, hint=f"make it:  sudo groupadd --system {group}") from None
