"""What is to be brought back from a node after a step: which of the files there, and where they go here. Pure.

The list comes from the node, where a step's program may have made names of any kind: whatever leads out of its folder,
or is no name, is left where it is.
"""

from collections.abc import Iterator, Mapping, Sequence

from aegisd.core.glob_match import is_match
from aegisd.core.globs import parse_pattern
from aegisd.executors.unpacking import Target

DEEPEST = 40
MOST_NAME = 4096
MOST_LISTED = 64 * 1024 * 1024
"""Bytes of a list of files; about a million names."""

_EVERYTHING = ("**",)


def choose_files(listed: bytes, folders: Mapping[str, tuple[str, Sequence[str]]]) -> dict[bytes, Target]:
    """The members to ask for, by name, of those in the output of `find -print0`. `folders` says of a folder there which
    folder it is here, and the patterns of what is wanted."""
    wanted: dict[bytes, Target] = {}
    for there, (here, patterns) in folders.items():
        parsed = [parse_pattern(pattern) for pattern in patterns or _EVERYTHING]
        for names in _list_names(listed, there):
            if any(is_match(parts, names) for parts in parsed):
                member = "/".join((there, *names)).encode(errors="surrogateescape")
                wanted[member] = Target(folder=here, names=names)
    return wanted


def _list_names(listed: bytes, folder: str) -> Iterator[tuple[str, ...]]:
    """The paths below `folder`, those that may be one."""
    start = f"{folder}/".encode()
    for path in listed.split(b"\0"):
        if not path.startswith(start) or len(path) > MOST_NAME:
            continue
        names = tuple(path[len(start) :].decode(errors="surrogateescape").split("/"))
        if len(names) <= DEEPEST and not {"", ".", ".."} & set(names):
            yield names
