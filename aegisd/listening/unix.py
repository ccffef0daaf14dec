"""The file of a Unix socket: it has its mode and group before the first client can connect.

It is bound first, then given its group and mode, and only then listened on: until that, the kernel refuses every
connection. The caller holds the lock of the state directory, so that a dead socket file is nobody's.
"""

import errno
import os
import socket
import stat
from pathlib import Path

from aegisd.listening.refusal import ListenError

_LONGEST = 107
_BACKLOG = 512


def bind_unix(path: Path, *, gid: int | None, what: str, setting: str) -> tuple[socket.socket, tuple[int, int]]:
    """A socket that listens at `path` (0660 for `gid`, 0600 without one), and the device and inode of its file.

    Messages call it `what`, and name the `setting` that chooses another path. Raises ListenError.
    """
    if len(os.fsencode(path)) > _LONGEST:
        message = f"the path of the {what} is longer than {_LONGEST} bytes: {path}"
        raise ListenError(message, hint=f"choose a shorter one with {setting}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(path, setting)
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    except OSError as error:
        raise _refuse(path, what, error) from error
    try:
        return bound, _listen(bound, path, gid)
    except OSError as error:
        bound.close()
        raise _refuse(path, what, error) from error


def _listen(bound: socket.socket, path: Path, gid: int | None) -> tuple[int, int]:
    bound.bind(os.fspath(path))
    identity = _identify(path)
    try:
        if gid is not None:
            os.chown(path, -1, gid)
        path.chmod(0o600 if gid is None else 0o660)
        bound.listen(_BACKLOG)
    except OSError:
        remove_own(path, identity)
        raise
    return identity


def _remove_stale(path: Path, setting: str) -> None:
    """Make room at `path`: only a socket that nobody listens on is removed."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        message = f"{path} is in the way: it is {_name_kind(mode)}, not a socket"
        raise ListenError(message, hint=f"move it away, or choose another path with {setting}")
    if _is_alive(path):
        message = f"{path} is in use: another program listens there"
        raise ListenError(message, hint=f"stop it, or choose another path with {setting}")
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


def remove_own(path: Path, identity: tuple[int, int]) -> None:
    """Remove the file at `path` when it is still the one that `bind_unix` made."""
    try:
        if _identify(path) == identity:
            path.unlink()
    except OSError:
        return  # somebody was faster, or took the folder away; it is not ours to repair


def _refuse(path: Path, what: str, error: OSError) -> ListenError:
    return ListenError(f"cannot open the {what} {path}: {error.strerror}")
