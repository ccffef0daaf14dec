"""What is mounted where, as the kernel says in /proc/self/mountinfo (proc(5)), and which other names a file has.

A file that is hidden under one name must be hidden under all of them: a bind mount elsewhere would show it again.
"""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from attrs import frozen

_ESCAPED = re.compile(r"\\([0-7]{3})")


@frozen(kw_only=True)
class Mount:
    """A mount: the file system by its device number, the folder of it that is shown (`root`), where, and its kind."""

    device: str
    root: str
    point: str
    kind: str


def read_mounts() -> tuple[Mount, ...]:
    """The mounts that this process sees, in the order in which they were made."""
    return parse_mounts(Path("/proc/self/mountinfo").read_text(errors="surrogateescape"))


def parse_mounts(text: str) -> tuple[Mount, ...]:
    """The mounts in the lines of a mountinfo file."""
    found = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        mount = Mount(
            device=fields[2], root=_unescape(fields[3]), point=_unescape(fields[4]), kind=after.partition(" ")[0]
        )
        found.append(mount)
    return tuple(found)


def find_names(path: str, mounts: Sequence[Mount]) -> Iterator[str]:
    """`path` (without symbolic links) and every other place at which it, or a part of it, is mounted as well."""
    yield path
    home = next((mount for mount in _innermost(mounts) if is_within(path, mount.point)), None)
    if home is None:
        return
    inside = _join(home.root, os.path.relpath(path, home.point))
    for mount in mounts:
        if mount.device != home.device:
            continue
        if is_within(mount.root, inside):
            other = mount.point
        elif is_within(inside, mount.root):
            other = _join(mount.point, os.path.relpath(inside, mount.root))
        else:
            continue
        if not is_within(other, path):
            yield other


def is_within(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or below it."""
    return PurePath(path).is_relative_to(folder)


def _innermost(mounts: Sequence[Mount]) -> list[Mount]:
    """The deepest mount points first; of several at one place the last one, which covers the others."""
    last_first = mounts[::-1]
    return sorted(last_first, key=lambda mount: -len(PurePath(mount.point).parts))


def _join(folder: str, rest: str) -> str:
    return os.path.normpath(os.path.join(folder, rest))  # noqa: PTH118 - `rest` may be `.`


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), text)
