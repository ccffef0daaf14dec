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
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import trio

from aegisd.executors.cgroup_attempt import CgroupAttempt
from aegisd.executors.cgroups import SUPERVISOR, WANTED, CgroupRoot, list_enabled, may_enable, may_hold_both
from aegisd.executors.command import Command, SpawnError, explain_refusal
from aegisd.executors.entering import wrap
from aegisd.executors.limits import CONTROLLERS, limit_cgroup
from aegisd.executors.spawning import close_inherited, spawn
from aegisd.executors.warden import Warden, open_warden
from aegisd.programs.cgroup_tree import end_tree, remove_tree, write_file

_PATIENCE_S = 5.0
_APART_S = 0.001
_RECORD = "cgroups"


class CgroupContainment:
    """See `Containment`. `life` is the directory of this life, `controllers` are those that its children have."""

    name = "cgroup"

    def __init__(self, *, life: str, controllers: frozenset[str]) -> None:
        self.life = life
        self.controllers = controllers
        self._doubles = 0
        self._spawned = -math.inf
        self.limits = frozenset(limit for limit, name in CONTROLLERS.items() if name in controllers)

    async def start(self, command: Command) -> CgroupAttempt:
        """See `Containment`. One program at a time between two turns of the event loop, which stands still for it."""
        if trio.current_time() < self._spawned + _APART_S:
            await trio.lowlevel.checkpoint()
        self._spawned = trio.current_time()
        cgroup, argv = self.prepare(command)
        try:
            pid, pidfd = spawn(command, argv)
        except SpawnError:
            remove_tree(cgroup)
            raise
        return CgroupAttempt(command, cgroup=cgroup, controllers=self.controllers, pid=pid, pidfd=pidfd)

    def prepare(self, command: Command) -> tuple[str, tuple[str, ...]]:
        """A cgroup for `command`, with its limits, and the arguments that run it in there. Raises SpawnError."""
        cgroup = self._make_cgroup(command)
        try:
            _limit(command, cgroup)
            return cgroup, wrap(command, cgroup)
        except SpawnError:
            remove_tree(cgroup)
            raise
        except OSError as error:
            remove_tree(cgroup)
            raise SpawnError(explain_refusal(command, error)) from error

    def _make_cgroup(self, command: Command) -> str:
        cgroup = f"{self.life}/{command.name}"
        while True:
            try:
                os.mkdir(cgroup)  # noqa: PTH102 - half the time of pathlib, on the way to each step
            except FileExistsError:
                self._doubles += 1
                cgroup = f"{self.life}/{command.name}.{self._doubles}"
            except OSError as error:
                message = f"cannot start {command.argv[0]}: no cgroup can be made in {self.life}: {error.strerror}"
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
async def open_cgroups(
    root: CgroupRoot, *, state_dir: Path, leaves_room: bool = False
) -> AsyncIterator[CgroupContainment]:
    """Containment in `root` for the aegisd that holds the lock of `state_dir`. Leaving the block ends what is left.

    With `leaves_room` the next aegisd can be started in `root` while cgroups in it live: see `may_hold_both`.
    Raises OSError when the hierarchy has changed its mind since `root` was found.
    """
    close_inherited()
    warden, controllers = _begin(root.path, state_dir, leaves_room=leaves_room)
    async with open_warden(warden):
        try:
            yield CgroupContainment(life=warden.place, controllers=controllers)
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(_end, warden.place)


def _begin(root: str, state_dir: Path, *, leaves_room: bool) -> tuple[Warden, frozenset[str]]:
    """The warden of this life, whose directory there is from then on, and the controllers that its children have.

    First the place for controllers, which a warden would be in the way of; then the warden; then what it watches.
    """
    (state_dir / _RECORD).write_text(f"{root}\n")
    given = _enable(root) if may_hold_both(root) or not leaves_room else list_enabled(root)
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


def open_kept(beside: CgroupContainment, state_dir: Path) -> CgroupContainment:
    """The place for cgroups that outlive aegisd, next to the life of `beside`. Raises OSError."""
    place = f"{Path(beside.life).parent}/{_name_kept(state_dir)}"
    Path(place).mkdir(exist_ok=True)
    return CgroupContainment(life=place, controllers=_enable(place) & beside.controllers)


async def end_kept(state_dir: Path, *, spare: Collection[str | None]) -> None:
    """Kill and remove what is in the place of `open_kept`, as the last life had it, but for the cgroups in `spare`."""
    await trio.to_thread.run_sync(_end_kept, state_dir, set(spare))


def _end_kept(state_dir: Path, spare: set[str | None]) -> None:
    try:
        place = Path((state_dir / _RECORD).read_text().strip(), _name_kept(state_dir))
        found = [str(path) for path in place.iterdir() if path.is_dir()]
    except (OSError, ValueError):
        return
    for cgroup in found:
        if cgroup not in spare:
            _end(cgroup)


def is_kept(cgroup: str, state_dir: Path) -> bool:
    """Whether that can be a cgroup in the place of `open_kept`, now or in an earlier life."""
    return Path(cgroup).parent.name == _name_kept(state_dir) and ".." not in Path(cgroup).parts


def _name_kept(state_dir: Path) -> str:
    """Unlike the directories of lives, which a start ends."""
    return _prefix(state_dir).removesuffix("-") + ".kept"


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
    return list_enabled(place)


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
