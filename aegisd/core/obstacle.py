"""What a host cannot hold programs to, and what a program asks of it."""

from collections.abc import Mapping

from attrs import frozen

from aegisd.core.confinement import Confinement


@frozen(kw_only=True)
class Obstacle:
    """Why this host cannot hold a program to something, and what to do about it: both in words. `certain` is False
    where another user may be able to."""

    reason: str
    fix: str
    certain: bool = True


Obstacles = Mapping[str, Obstacle]
"""What cannot be done here, by the name of a field of Confinement; all else can."""


def list_demands(confinement: Confinement) -> tuple[str, ...]:
    """What `confinement` asks of the host, as names that `Obstacles` goes by."""
    asked = [name for name in ("memory", "cpus", "pids", "sandbox") if getattr(confinement, name) is not None]
    return (*asked, *(() if confinement.network else ("network",)))
