"""Whether a program can be executed, asked before a shell is told to do it, so that a refusal is the kernel's and not
the shell's: the shell would say 126 or 127, and would run a file of an unknown format as a script of its own.

What is found here can change before it is used; the one that executes has the last word.
"""

import errno
import os
import stat
from collections.abc import Mapping

_FORMATS = "/proc/sys/fs/binfmt_misc"
_HEAD = 256
_MISSING = (0, errno.ENOENT, errno.ENOTDIR)


def find_program(name: str, *, env: Mapping[str, str], dir: str) -> str:
    """Where `name` is, as execvp(3) looks for it. Raises the OSError that executing it in `dir` with `env` would come
    to."""
    check_dir(dir)
    refusal = 0
    for folder in os.get_exec_path(env) if "/" not in name else [""]:
        path = os.path.join(dir, folder, name)  # noqa: PTH118 - half the time of pathlib, on the way to each step
        number = _check(path, dir)
        if number == 0:
            return path
        if refusal in _MISSING:
            refusal = number
    raise OSError(refusal, os.strerror(refusal), name)


def check_dir(dir: str) -> None:
    """Raise OSError when there is no directory `dir`."""
    if not os.path.isdir(dir):  # noqa: PTH112 - as above
        raise NotADirectoryError(errno.ENOENT, os.strerror(errno.ENOENT), dir)


def _check(path: str, dir: str) -> int:
    """The error number of executing the file `path`, 0 if there is none."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - as above
    except OSError as error:
        return error.errno or errno.EACCES
    except ValueError:
        return errno.ENOENT
    if not stat.S_ISREG(mode) or not os.access(path, os.X_OK):
        return errno.EACCES
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0  # may be executed without being readable
    try:
        head = os.read(fd, _HEAD)
    finally:
        os.close(fd)
    return _check_head(head, dir)


def _check_head(head: bytes, dir: str) -> int:
    if head.startswith(b"#!"):
        interpreter = head[2:].partition(b"\n")[0].split()
        if not interpreter:
            return errno.ENOEXEC
        return 0 if os.path.exists(os.path.join(os.fsencode(dir), interpreter[0])) else errno.ENOENT  # noqa: PTH110, PTH118 - as above
    return 0 if head.startswith(b"\x7fELF") or _has_more_formats() else errno.ENOEXEC


def _has_more_formats() -> bool:
    """Whether somebody has told the kernel of formats beyond its own (binfmt_misc)."""
    try:
        return bool(set(os.listdir(_FORMATS)) - {"register", "status"})  # noqa: PTH208 - as above
    except OSError:
        return False
