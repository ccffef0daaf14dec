"""Finds the files that patterns name below a folder which somebody else may be changing, and opens them safely.

Every folder on the way is opened relative to the one above it and never through a symbolic link, so that no name, no
link and no swap between two looks leads out. Only regular files are given; what else matches is refused by its name,
and the rest goes on. Blocks for the disk: call it in a worker thread.

A file with several names (hard links) is given only when it belongs to the user that aegisd runs as, which steps run as
too, or to the owner of the folder: a step can have made no other one's file its own by a link. Builds link a lot.
"""

import os
import stat
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress

from attrs import evolve, field, frozen

from aegisd.core.artifact import Refusal, find_fault, show_harmless
from aegisd.core.globs import AnyDepth, Literal, Part, Wild, parse_pattern

DEEPEST = 40
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_EVERYTHING: tuple[Part, ...] = (AnyDepth(), Wild("*"))
_KINDS = (
    (stat.S_ISLNK, "it is a symbolic link"),
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a FIFO"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)


class RefusedError(Exception):
    """A file is not to be had; the message says why."""


@frozen(kw_only=True)
class Found:
    """A file that matched: its path below the folder, and how to open it. Valid until the next one is asked for."""

    key: str
    _folder: int
    _name: str
    _owners: Collection[int] = field(repr=False)

    @contextmanager
    def open(self) -> Iterator[int]:
        """A descriptor of the file, for reading. Raises RefusedError."""
        try:
            before = os.stat(self._name, dir_fd=self._folder, follow_symlinks=False)
            _check_kind(before)
            fd = os.open(self._name, _FILE, dir_fd=self._folder)
        except OSError as error:
            raise RefusedError(error.strerror or str(error)) from error
        try:
            now = os.fstat(fd)
            _check_kind(now)
            if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
                message = "another file took its place while it was opened"
                raise RefusedError(message)
            if now.st_nlink > 1 and now.st_uid not in self._owners:
                message = "it has several names (hard links) and belongs to another user"
                raise RefusedError(message)
            yield fd
        finally:
            os.close(fd)


def find_files(
    folder: str, patterns: Sequence[str], *, follow: bool, check: Callable[[], None] = lambda: None
) -> Generator[Found | Refusal, None, None]:
    """The files below `folder` that `patterns` name, each once, and what was refused.

    With `follow` the folder itself may be reached through a symbolic link. `check` is called at each folder and may
    raise, to end it.
    """
    seen: set[str] = set()
    for pattern in patterns:
        is_empty = True
        for found in _find(folder, parse_pattern(pattern), follow=follow, check=check):
            is_empty = False
            if isinstance(found, Refusal):
                yield found
            elif found.key not in seen:
                seen.add(found.key)
                yield found
        if is_empty:
            yield Refusal(name=show_harmless(pattern), reason="nothing matches")


def _find(
    folder: str, parts: tuple[Part, ...], *, follow: bool, check: Callable[[], None]
) -> Iterator[Found | Refusal]:
    try:
        root = os.open(folder, _FOLDER & ~os.O_NOFOLLOW if follow else _FOLDER)
    except OSError:
        return
    try:
        owners = frozenset({os.geteuid(), os.fstat(root).st_uid})
        for found in _walk(_Place(fd=root, owners=owners, check=check), parts):
            fault = find_fault(found.key) if isinstance(found, Found) else None
            yield _refuse(found.key, fault) if isinstance(found, Found) and fault else found
    finally:
        os.close(root)


@frozen(kw_only=True)
class _Place:
    """An open folder on the way."""

    fd: int
    owners: Collection[int]
    check: Callable[[], None]
    prefix: str = ""
    depth: int = 0

    def file(self, name: str) -> Found:
        return Found(key=self.prefix + name, folder=self.fd, name=name, owners=self.owners)


def _walk(place: _Place, parts: tuple[Part, ...]) -> Iterator[Found | Refusal]:
    part, rest = parts[0], parts[1:]
    if isinstance(part, AnyDepth):
        yield from _walk(place, rest)
        for name in _list_folders(place, Wild("*")):
            yield from _enter(place, name, parts)
    elif rest:
        names = [part.name] if isinstance(part, Literal) else _list_folders(place, part)
        for name in names:
            yield from _enter(place, name, rest)
    elif isinstance(part, Literal):
        yield from _take(place, part.name)
    else:
        for name, is_folder in _list(place, part):
            if not is_folder:
                yield place.file(name)


def _take(place: _Place, name: str) -> Iterator[Found | Refusal]:
    """What a name without wildcards stands for: a file, or everything in a folder."""
    try:
        known = os.stat(name, dir_fd=place.fd, follow_symlinks=False)
    except FileNotFoundError:
        return
    except OSError as error:
        yield _refuse(place.prefix + name, error.strerror or str(error))
        return
    if stat.S_ISDIR(known.st_mode):
        yield from _enter(place, name, _EVERYTHING)
    else:
        yield place.file(name)


def _enter(place: _Place, name: str, parts: tuple[Part, ...]) -> Iterator[Found | Refusal]:
    if place.depth >= DEEPEST:
        yield _refuse(place.prefix + name, f"it is more than {DEEPEST} folders deep")
        return
    try:
        fd = os.open(name, _FOLDER, dir_fd=place.fd)
    except FileNotFoundError:
        return
    except OSError as error:
        yield _refuse(place.prefix + name, _explain_folder(place, name, error))
        return
    below = evolve(place, fd=fd, prefix=f"{place.prefix}{name}/", depth=place.depth + 1)
    try:
        place.check()
        yield from _walk(below, parts)
    finally:
        os.close(fd)


def _explain_folder(place: _Place, name: str, error: OSError) -> str:
    with suppress(OSError):
        if stat.S_ISLNK(os.stat(name, dir_fd=place.fd, follow_symlinks=False).st_mode):
            return "a folder on the way is a symbolic link"
    return error.strerror or str(error)


def _list_folders(place: _Place, wanted: Wild) -> list[str]:
    return [name for name, is_folder in _list(place, wanted) if is_folder]


def _list(place: _Place, wanted: Wild) -> list[tuple[str, bool]]:
    """The entries that fit, in order, each with whether it is a folder."""
    try:
        with os.scandir(place.fd) as entries:
            return sorted((e.name, e.is_dir(follow_symlinks=False)) for e in entries if wanted.matches(e.name))
    except OSError:
        return []


def _check_kind(known: os.stat_result) -> None:
    if stat.S_ISREG(known.st_mode):
        return
    raise RefusedError(next((words for is_kind, words in _KINDS if is_kind(known.st_mode)), "it is no file"))


def _refuse(name: str, reason: str) -> Refusal:
    return Refusal(name=show_harmless(name), reason=reason)
