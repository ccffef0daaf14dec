"""What the names in `control.operators` mean on this host."""

import grp
import logging
import pwd
from collections.abc import Sequence

import trio

from aegisd.control.access import Operators

_log = logging.getLogger("aegisd.control")


async def resolve_operators(names: Sequence[str], *, always: frozenset[int]) -> Operators:
    """The groups and users behind `names`; a name may be both. One that is neither is left out, with a warning."""
    return await trio.to_thread.run_sync(_resolve, names, always)


def _resolve(names: Sequence[str], always: frozenset[int]) -> Operators:
    groups = {group.gr_name: group.gr_gid for group in map(_find_group, names) if group}
    users = {user.pw_name: user.pw_uid for user in map(_find_user, names) if user}
    for name in names:
        if name not in groups and name not in users:
            _log.warning('control.operators: there is no group or user "%s" on this host', name)
    return Operators(groups=groups, users=users, always=always)


def _find_group(name: str) -> grp.struct_group | None:
    try:
        return grp.getgrnam(name)
    except KeyError:
        return None


def _find_user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
