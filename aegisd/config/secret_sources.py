"""Where secrets are read from: files that nobody else can read or change, and systemd's credentials.

No message says what a secret holds. A FIFO or a device in the place of a file is refused and never waited for.
"""

import os
import stat
from pathlib import Path as FilePath

_LARGEST = 4096
_READABLE_BY_OTHERS = stat.S_IRGRP | stat.S_IROTH
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ROOT = 0


class Unusable(Exception):  # noqa: N818 - becomes a problem, never crosses a door
    """A secret cannot be had from where it is said to be; the message says why, `help` what to do, if that is known."""

    def __init__(self, reason: str | Exception, *, help: str | None = None) -> None:
        if isinstance(reason, OSError):
            reason = f"cannot be read: {reason.strerror}"
        elif isinstance(reason, ValueError):
            reason = "is not UTF-8"
        super().__init__(reason)
        self.help = help


def read_secret_file(path: str, *, user_id: int) -> str:
    """The text in a file of root's or of the user `user_id`, which only its owner may read, without the last newline.
    Raises Unusable."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _check(os.fstat(opened), path, user_id)
            return _decode(os.read(opened, _LARGEST + 1))
        finally:
            os.close(opened)
    except (OSError, ValueError) as error:
        raise Unusable(error) from None


def read_credential(folder: str | None, name: str) -> str:
    """The systemd credential `name`. Raises Unusable."""
    if not folder:
        message = "cannot be had: aegisd was started without credentials (LoadCredential=)"
        raise Unusable(message)
    if "/" in name or name in {"", ".", ".."}:
        message = "is not the name of a credential"
        raise Unusable(message)
    try:
        return _decode(FilePath(folder, name).read_bytes())
    except (OSError, ValueError) as error:
        raise Unusable(error) from None


def is_open_to_others(name: str) -> bool:
    """Whether a configuration file can be read by more than its owner; False for what is no file."""
    try:
        return bool(FilePath(name).stat().st_mode & _READABLE_BY_OTHERS)
    except (OSError, ValueError):
        return False


def _check(found: os.stat_result, path: str, user_id: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        message = "is not a regular file"
        raise Unusable(message)
    if found.st_mode & _OF_OTHERS:
        message = f"can be read or changed by others (mode {stat.S_IMODE(found.st_mode):04o})"
        raise Unusable(message, help=f"chmod 600 {path}")
    if found.st_uid not in {_ROOT, user_id}:
        message = "belongs to another user"
        raise Unusable(message, help=f"chown root {path}")


def _decode(data: bytes) -> str:
    if len(data) > _LARGEST or b"\0" in data:
        message = "is not a secret: too long, or with NUL in it"
        raise Unusable(message)
    return data.decode().removesuffix("\n").removesuffix("\r")
