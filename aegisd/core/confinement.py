"""What the program of a step may use and see, and what is known of it afterwards. Sizes in bytes, times in seconds."""

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen


class Sandboxing(StrEnum):
    """What a step may see of the host: what aegisd itself sees, or what bubblewrap leaves of it."""

    BWRAP = "bwrap"
    NONE = "none"


@frozen(kw_only=True)
class Confinement:
    """What a program may use (`memory` in bytes, `cpus` as a number of processors, `pids` as a number of processes,
    `nice` from 0 to 19) and see (`sandbox` is None or `bwrap`; without `network` it sees no network). With
    `wait_for_children` its end is the end of all that it started, else of its main process."""

    memory: int | None = None
    cpus: float | None = None
    pids: int | None = None
    nice: int | None = None
    sandbox: str | None = None
    network: bool = True
    wait_for_children: bool = False


UNCONFINED = Confinement()


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
