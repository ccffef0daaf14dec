"""Containment by cgroups: a directory of this life of aegisd in the hierarchy, in it a cgroup for each attempt.

A process cannot leave its cgroup by any number of forks and sessions, so the kernel knows what belongs to an attempt,
and kills all of it at one stroke. When aegisd is gone the warden does that; what an earlier life left is ended at the
start. (A program of aegisd's own user can move itself away on purpose: see docs/explanation/containment.md.)
"""

import errno
import hashlib
import math
import os
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import trio

from aegisd.executors.cgroup_attempt import CgroupAttempt
from aegisd.executors.cgroups import SUPERVISOR, WANTED, CgroupRoot, may_enable
from aegisd.executors.command import Command, SpawnError, explain_refusal
from aegisd.executors.entering import wrap
from aegisd.executors.limits import CONTROLLERS, limit_cgroup
from aegisd.executors.spawning import spawn
from aegisd.executors.warden import Warden, open_warden
from aegisd.programs.cgroup_tree import end_tree, remove_tree, write_file

_PATIENCE_S = 5.0
_APART_S = 0.001
_RECORD = "cgroups"


class CgroupContainment:
    """See `Containment`. `life` is the directory of this life, `controllers` are those that its children have."""

    name = "cgroup"

    def __init__(self, *, life: str, controllers: frozenset[str]) -> None:
        self._life = life
        self._controllers = controllers
        self._doubles = 0
        self._spawned = -math.inf
        self.limits = frozenset(limit for limit, name in CONTROLLERS.items() if name in controllers)

    async def start(self, command: Command) -> CgroupAttempt:
        """See `Containment`. One program at a time between two turns of the event loop, which stands still for it."""
        if trio.current_time() < self._spawned + _APART_S:
            await trio.lowlevel.checkpoint()
        self._spawned = trio.current_time()
        cgroup = self._make_cgroup(command)
        try:
            _limit(command, cgroup)
            popen, pidfd = spawn(command, wrap(command, cgroup))
        except SpawnError:
            remove_tree(cgroup)
            raise
        except OSError as error:
            remove_tree(cgroup)
            raise SpawnError(explain_refusal(command, error)) from error
        return CgroupAttempt(command, cgroup=cgroup, controllers=self._controllers, popen=popen, pidfd=pidfd)

    def _make_cgroup(self, command: Command) -> str:
        cgroup = f"{self._life}/{command.name}"
        while True:
            try:
                os.mkdir(cgroup)  # noqa: PTH102 - half the time of pathlib, on the way to each step
            except FileExistsError:
                self._doubles += 1
                cgroup = f"{self._life}/{command.name}.{self._doubles}"
            except OSError as error:
                message = f"cannot start {command.argv[0]}: no cgroup can be made in {self._life}: {error.strerror}"
                raise SpawnError(message) from error
            else:
                return cgroup


def _limit(command: Command, cgroup: str) -> None:
    try:
        limit_cgroup(cgroup, command.confinement)
    except OSError as error:
        message = f"cannot start {command.argv[0]}: its limits cannot be set in {cgroup}: {error.strerror}"
        raise SpawnError(message) from error


@asynccontextmanager
async def open_cgroups(root: CgroupRoot, *, state_dir: Path) -> AsyncIterator[CgroupContainment]:
    """Containment in `root` for the aegisd that holds the lock of `state_dir`. Leaving the block ends what is left.

    Raises OSError when the hierarchy has changed its mind since `root` was found.
    """
    warden, controllers = _begin(root.path, state_dir)
    async with open_warden(warden):
        try:
            yield CgroupContainment(life=warden.place, controllers=controllers)
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(_end, warden.place)


def _begin(root: str, state_dir: Path) -> tuple[Warden, frozenset[str]]:
    """The warden of this life, whose directory there is from then on, and the controllers that its children have.

    First the place for controllers, which a warden would be in the way of; then the warden; then what it watches.
    """
    (state_dir / _RECORD).write_text(f"{root}\n")
    given = _enable(root)
    warden = Warden(f"{root}/{_prefix(state_dir)}{os.getpid()}-{secrets.token_hex(3)}")
    try:
        Path(warden.place).mkdir()
    except OSError:
        with warden:
            raise
    return warden, _enable(warden.place) & given


async def end_earlier_lives(state_dir: Path, roots: Iterable[str]) -> int:
    """Kill and remove what earlier lives left in `roots` and where the last one says it was; returns how many of them
    there were. The caller holds the lock of `state_dir`, so that none of them lives."""
    return await trio.to_thread.run_sync(_end_earlier_lives, state_dir, set(roots))


def _end_earlier_lives(state_dir: Path, roots: set[str]) -> int:
    with suppress(OSError, ValueError):
        roots.add((state_dir / _RECORD).read_text().strip())
    found: list[str] = []
    for root in roots:
        with suppress(OSError), os.scandir(root) as entries:
            found += [entry.path for entry in entries if entry.name.startswith(_prefix(state_dir))]
    for life in found:
        _end(life)
    return len(found)


def _end(life: str) -> None:
    end_tree(life, patience=_PATIENCE_S)


def _prefix(state_dir: Path) -> str:
    """What the directories of all lives with this state directory begin with; no other one has the same."""
    place = state_dir.stat()
    identity = f"{state_dir.resolve()}\0{place.st_dev}\0{place.st_ino}"
    return f"aegis-{hashlib.sha256(os.fsencode(identity)).hexdigest()[:12]}-"


def _enable(place: str) -> frozenset[str]:
    """Give the children of `place` the controllers that it has; returns those of `WANTED` that they have then.

    A cgroup with processes of its own has none to give: aegisd makes room, if it is alone there.
    """
    if not _write_controllers(place) and may_enable(place) and _step_aside(place):
        _write_controllers(place)
    try:
        return frozenset(Path(place, "cgroup.subtree_control").read_text().split()).intersection(WANTED)
    except OSError:
        return frozenset()


def _write_controllers(place: str) -> bool:
    """Enable what can be enabled; False when processes in `place` itself are in the way."""
    is_free = True
    for name in WANTED:
        try:
            write_file(f"{place}/cgroup.subtree_control", b"+" + name.encode())
        except OSError as error:
            is_free = is_free and error.errno != errno.EBUSY
    return is_free


def _step_aside(place: str) -> bool:
    """Move aegisd into a cgroup of its own in `place`."""
    own = f"{place}/{SUPERVISOR}"
    try:
        Path(own).mkdir(exist_ok=True)
        write_file(f"{own}/cgroup.procs", b"0")
    except OSError:
        return False
    return True
