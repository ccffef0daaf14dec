"""A new file that is there whole, or not at all, and replaces another one only on request."""

from __future__ import annotations

import os

from aegisctl.failure import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, TypeVar

    T = TypeVar("T")


def write_new_file(path: str, write: Callable[[IO[bytes]], T], *, force: bool) -> T:
    """Let `write` fill a file beside `path`, which takes its name at the end; gives what `write` gives."""
    _check_free(path, force=force)
    partial = f"{path}.{os.getpid()}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(partial, flags, 0o666), "wb") as file:
        try:
            result = write(file)
            file.flush()
            _check_free(path, force=force)
            os.replace(partial, path)  # noqa: PTH105 - pathlib costs 3 ms
        except BaseException:
            os.unlink(partial)  # noqa: PTH108 - as above
            raise
    return result


def _check_free(path: str, *, force: bool) -> None:
    if not force and os.path.lexists(path):
        hint = "-f replaces it, -O FILE takes another name"
        raise Failure("cannot-write", f"{path} is there already", hint=hint)
