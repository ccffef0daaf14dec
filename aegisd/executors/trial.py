"""A sandbox tried out on this host: whether one can be made, and if not, why and what to do about it.

Many things have a say: the kernel's settings, AppArmor, seccomp, the service manager, a container around all of it.
None of them is asked; bubblewrap is run with the arguments that steps get.
"""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from aegisd.core.confinement import Confinement
from aegisd.core.obstacle import Obstacle
from aegisd.executors.command import Command, SpawnError
from aegisd.executors.mounts import read_mounts
from aegisd.executors.sandbox import PACKAGE, Secrets, enter_sandbox, find_bwrap

_PATIENCE_S = 10.0
_SWITCHES = (
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=15000"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "apt install apparmor-profiles && apparmor_parser -r /usr/share/apparmor/extra-profiles/bwrap-userns-restrict",
    ),
)
_IN_A_UNIT = "the unit of aegisd must allow RestrictNamespaces=user mnt pid ipc uts net and SystemCallFilter=@mount"
_IN_A_CONTAINER = "without ProcSubset=pid in the unit of aegisd; in a container /proc must not be masked"
_IN_A_CHROOT = (
    "/ of aegisd must be a mount: use systemd-nspawn or a container instead of chroot, or bind it to itself first"
)


class TrialError(Exception):
    """The sandbox could not be made; `obstacle` says why."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.reason)
        self.obstacle = obstacle


def try_sandbox(*argv: str, network: bool, secrets: Secrets, reads: Sequence[str] = ()) -> str:
    """The output of `argv` in a sandbox such as steps get. Raises TrialError. Blocks, for some milliseconds."""
    program = find_bwrap()
    if program is None:
        raise TrialError(Obstacle(reason="bubblewrap is not installed", fix=f"apt install {PACKAGE}"))
    with _make_folder() as folder:
        command = Command(
            argv=argv,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
            dir=folder,
            output_fd=-1,
            confinement=Confinement(sandbox="bwrap", network=network),
            writes=(folder,),
            reads=tuple(reads),
        )
        return _run(enter_sandbox(command, program=program, secrets=secrets, mounts=read_mounts()))


def _make_folder() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="aegis-trial-")
    except OSError as error:
        fix = "make /tmp writable for aegisd (under systemd ReadWritePaths=), or set TMPDIR"
        raise TrialError(Obstacle(reason=f"no temporary folder can be made: {error.strerror}", fix=fix)) from None


def find_sandbox_obstacle(*, network: bool) -> Obstacle | None:
    """What is in the way of sandboxes, or of those without a network where `network` is False."""
    try:
        try_sandbox("/bin/true", network=network, secrets=Secrets(paths=()))
    except TrialError as error:
        return error.obstacle
    return None


def _run(command: Command) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - bubblewrap, found in the system's folders
            command.argv,
            env=command.env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, SpawnError) as error:
        raise TrialError(Obstacle(reason=f"bubblewrap failed: {error}", fix=f"apt install {PACKAGE}")) from error
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        reason = words[-1].removeprefix("bwrap: ") if words else f"bwrap left with {done.returncode}"
        raise TrialError(Obstacle(reason=f"bubblewrap failed: {reason}", fix=_advise(reason)))
    return done.stdout.decode(errors="replace")


def _advise(reason: str) -> str:
    """What most likely helps against what bubblewrap said."""
    if "Unknown option" in reason:
        return "bubblewrap 0.5 or newer is needed"
    if "/ slave" in reason:
        return _IN_A_CHROOT
    if "/proc" in reason and "mount" in reason.lower():
        return _IN_A_CONTAINER
    if os.geteuid() != 0:
        for path, value, fix in _SWITCHES:
            if _read(path) == value:
                return fix
    return _IN_A_UNIT


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
