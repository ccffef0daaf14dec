"""Where aegisd may keep cgroups on this host, or why it may not and what to do about it.

The kernel says where the version 2 hierarchy is mounted (/proc/self/mountinfo) and where in it this process lives (the
line `0::` of /proc/self/cgroup). What may be done there is found out by doing it: a cgroup is made and removed again.
Modes, mount options, delegation and the kernel's version all have their say in that, and nothing else knows them all.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from aegisd.executors.mounts import parse_mounts

WANTED = ("cpu", "memory", "pids", "io")
"""The controllers that limits and accounting are made of."""

SUPERVISOR = "supervisor"
"""The cgroup of aegisd itself below a delegated one, whose own processes would keep its controllers from children."""

_FIX = (
    "under systemd put Delegate=yes into the unit of aegisd; in a container mount cgroup2 writable; otherwise run "
    "aegisd as root"
)


@frozen(kw_only=True)
class CgroupRoot:
    """A directory in which aegisd may make cgroups, and those of `WANTED` that they get or can be given."""

    path: str
    controllers: frozenset[str] = frozenset()

    def describe(self) -> str:
        """A sentence for people."""
        limits = ", ".join(name for name in WANTED if name in self.controllers) or "none"
        return f"cgroups in {self.path} (controllers: {limits})"


@frozen(kw_only=True)
class NoCgroups:
    """That aegisd may keep no cgroups here: why, and what to do about it."""

    reason: str
    fix: str = _FIX

    def describe(self) -> str:
        """A sentence for people."""
        return f"no cgroups: {self.reason}"


def find_cgroups(proc: Path = Path("/proc/self")) -> CgroupRoot | NoCgroups:
    """Where cgroups may be kept. `proc` holds `mountinfo` and `cgroup` of this process."""
    try:
        mounts, own = (proc / "mountinfo").read_text(), (proc / "cgroup").read_text()
    except OSError as error:
        return NoCgroups(reason=f"{error.filename} cannot be read: {error.strerror}", fix="mount /proc")
    place = locate(mounts, own)
    if isinstance(place, NoCgroups):
        return place
    return _try_out(place) or CgroupRoot(path=place, controllers=_find_controllers(place))


def locate(mounts: str, own: str) -> str | NoCgroups:
    """The directory of this process's cgroup, from the texts of `mountinfo` and `cgroup` (proc(5), cgroups(7)).

    A process that lives in a `supervisor` was put there so that its siblings can be cgroups of steps.
    """
    found = next((line[3:] for line in own.splitlines() if line.startswith("0::")), None)
    points = [(mount.root, mount.point) for mount in parse_mounts(mounts) if mount.kind == "cgroup2"]
    if found is None or not points:
        return NoCgroups(reason="the kernel has no cgroup2 mounted", fix="mount -t cgroup2 none /sys/fs/cgroup")
    for root, point in points:
        if found == root or found.startswith(root.rstrip("/") + "/"):
            place = os.path.normpath(f"{point}/{found[len(root.rstrip('/')) :]}")
            parent = Path(place).parent
            return str(parent) if Path(place).name == SUPERVISOR and place != os.path.normpath(point) else place
    return NoCgroups(reason=f"the cgroup of aegisd ({found}) is outside of what is mounted at {points[0][1]}")


def _try_out(place: str) -> NoCgroups | None:
    """None when a cgroup can be made in `place`, processes of this cgroup can enter it, and the kernel can kill it."""
    probe = Path(place, f"aegis-probe-{secrets.token_hex(6)}")
    if not os.access(f"{place}/cgroup.procs", os.W_OK):
        return NoCgroups(reason=f"{place} is not writable for aegisd")
    try:
        probe.mkdir()
    except OSError as error:
        return NoCgroups(reason=f"no cgroup can be made in {place}: {error.strerror}")
    try:
        if not (probe / "cgroup.kill").exists():
            return NoCgroups(reason="the kernel is older than 5.14 and has no cgroup.kill", fix="use a newer kernel")
    finally:
        with suppress(OSError):
            probe.rmdir()
    return None


def _find_controllers(place: str) -> frozenset[str]:
    """Those of `WANTED` that cgroups in `place` have, or could be given once aegisd has left `place` itself."""
    given = _read_words(f"{place}/cgroup.subtree_control")
    if may_enable(place):
        given |= _read_words(f"{place}/cgroup.controllers")
    return frozenset(given.intersection(WANTED))


def may_enable(place: str) -> bool:
    """Whether controllers of `place` can be given to cgroups in it: it is the root of all, or nobody but aegisd lives
    in it."""
    if not os.access(f"{place}/cgroup.subtree_control", os.W_OK):
        return False
    return may_hold_both(place) or _read_words(f"{place}/cgroup.procs") <= {str(os.getpid())}


def may_hold_both(place: str) -> bool:
    """Whether `place` can give controllers to cgroups in it and have a process of its own started in it: the root of
    all can, others cannot (cgroups in the kernel's documentation, "No Internal Process Constraint")."""
    return not Path(place, "cgroup.type").exists()


def list_enabled(place: str) -> frozenset[str]:
    """Those of `WANTED` that cgroups in `place` have now."""
    return frozenset(_read_words(f"{place}/cgroup.subtree_control").intersection(WANTED))


def _read_words(path: str) -> set[str]:
    try:
        return set(Path(path).read_text().split())
    except OSError:
        return set()
