"""One aegisd per state directory: a lock that the kernel drops with the process, whatever ends it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aegisd.core.errors import StartError


@contextmanager
def hold_lock(state_dir: Path) -> Iterator[None]:
    """Hold `state_dir` for this process; it is made when it is not there. Raises StartError."""
    path = state_dir / "lock"
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        message = f"cannot use the state directory {state_dir}: {error.strerror}"
        raise StartError(message, hint="check its owner and mode, or choose another with --state-dir") from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(fd, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(fd)
        message = f"{state_dir} is in use by another aegisd (pid {holder})"
        raise StartError(message, hint="stop it, or choose another --state-dir") from None
    try:
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(fd)
