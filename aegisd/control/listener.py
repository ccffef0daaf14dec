"""The listening socket of the control door: its file has mode and group before the first client can connect.

A socket file is bound first, then given its group and mode, and only then listened on: until that, the kernel refuses
every connection. The caller holds the lock of the state directory, so that a dead socket file is nobody's.
"""

import errno
import grp
import os
import socket
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from aegisd.control.activation import take_activated_socket
from aegisd.control.refusal import ListenError

_LONGEST = 107
_BACKLOG = 512


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
    bound, identity = _bind(path, gid)
    try:
        async with trio.SocketListener(trio.socket.from_stdlib_socket(bound)) as listener:
            yield listener
    finally:
        _remove_own(path, identity)


def _find_gid(group: str) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        message = f'control.group: there is no group "{group}" on this host'
        raise ListenError(message, hint=f"make it:  sudo groupadd --system {group}") from None


def _bind(path: Path, gid: int | None) -> tuple[socket.socket, tuple[int, int]]:
    """A socket that listens at `path`, and the device and inode of its file."""
    if len(os.fsencode(path)) > _LONGEST:
        message = f"the path of the control socket is longer than {_LONGEST} bytes: {path}"
        raise ListenError(message, hint="choose a shorter one with control.socket")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(path)
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    except OSError as error:
        raise _refuse(path, error) from error
    try:
        return bound, _listen(bound, path, gid)
    except OSError as error:
        bound.close()
        raise _refuse(path, error) from error


def _listen(bound: socket.socket, path: Path, gid: int | None) -> tuple[int, int]:
    bound.bind(os.fspath(path))
    identity = _identify(path)
    try:
        if gid is not None:
            os.chown(path, -1, gid)
        path.chmod(0o600 if gid is None else 0o660)
        bound.listen(_BACKLOG)
    except OSError:
        _remove_own(path, identity)
        raise
    return identity


def _remove_stale(path: Path) -> None:
    """Make room at `path`: only a socket that nobody listens on is removed."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        message = f"{path} is in the way: it is {_name_kind(mode)}, not a socket"
        raise ListenError(message, hint="move it away, or choose another path with control.socket")
    if _is_alive(path):
        message = f"{path} is in use: another program listens there"
        raise ListenError(message, hint="stop it, or choose another path with control.socket")
    path.unlink(missing_ok=True)


def _is_alive(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(0)
        return probe.connect_ex(os.fspath(path)) in {0, errno.EAGAIN}


def _name_kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    return "a directory" if stat.S_ISDIR(mode) else "a file"


def _identify(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino


def _remove_own(path: Path, identity: tuple[int, int]) -> None:
    try:
        if _identify(path) == identity:
            path.unlink()
    except OSError:
        return  # somebody was faster, or took the folder away; it is not ours to repair


def _refuse(path: Path, error: OSError) -> ListenError:
    return ListenError(f"cannot open the control socket {path}: {error.strerror}")
