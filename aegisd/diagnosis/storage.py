"""The state directory: whose it is, on what it lies, whether there is room, whether the store in it is sound."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from aegisd.diagnosis.finding import Finding, fail, warn, well
from aegisd.diagnosis.patient import Patient
from aegisd.executors.mounts import is_within, read_mounts
from aegisd.store.soundness import check_soundness
from aegisd.wire.units import format_size

_NETWORK = frozenset({"9p", "afs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"})
_PASSING = frozenset({"ramfs", "tmpfs"})
_NEEDED = 64 * 2**20
_COMFORTABLE = 2**30
_FEW_FILES = 1000
_PATIENCE_S = 20.0


def check_owner(patient: Patient) -> Iterator[Finding]:
    """The state directory is aegisd's, and nobody else's."""
    folder = _find_folder(patient)
    if folder is None:
        return
    try:
        found = folder.stat()
    except OSError as error:
        if patient.life is not None or not isinstance(error, FileNotFoundError):
            yield fail(f"{folder} cannot be looked at: {error.strerror}", "check its owner and mode")
        return
    if not stat.S_ISDIR(found.st_mode):
        yield fail(f"{folder} is not a directory", "move it away, or choose another state_dir in [daemon]")
    elif patient.life is not None and found.st_uid != os.geteuid():
        yield fail(f"{folder} belongs to another user than aegisd", f"chown -R {os.geteuid()} {folder}")
    elif patient.life is not None and not os.access(folder, os.W_OK | os.X_OK):
        yield fail(f"{folder} is not writable for aegisd", f"chmod 700 {folder}")
    elif found.st_mode & 0o077:
        yield warn(f"others than aegisd may look into {folder}", f"chmod 700 {folder}")
    else:
        yield well(f"{folder} is open to its owner only")


def check_file_system(patient: Patient) -> Iterator[Finding]:
    """A store needs a local disk: locks and flushes of network file systems do not hold what they promise."""
    folder = _find_existing(patient)
    if folder is None:
        return
    mounts = [mount for mount in read_mounts() if is_within(str(folder.resolve()), mount.point)]
    kind = max(reversed(mounts), key=lambda mount: len(mount.point)).kind if mounts else "unknown"
    if kind in _NETWORK or kind.startswith("fuse."):
        yield fail(f"{folder} is on {kind}, which can lose what was acknowledged", "state_dir on a local disk")
    elif kind in _PASSING:
        yield warn(f"{folder} is on {kind}: a reboot forgets all runs", "state_dir on a disk")
    else:
        yield well(f"{folder} is on a local file system ({kind})")


def check_space(patient: Patient) -> Iterator[Finding]:
    """There is room for the store and for the output of steps."""
    folder = _find_existing(patient)
    if folder is None:
        return
    found = os.statvfs(folder)
    free, files = found.f_bavail * found.f_frsize, found.f_favail
    fix = ("free some space, or keep less: keep = { runs = 100 } in [daemon]",)
    if free < _NEEDED:
        yield fail(f"{folder} has {format_size(free)} left, and runs cannot be recorded without", *fix)
    elif found.f_files and files < _FEW_FILES:
        yield fail(f"{folder} has room for {files} more files only", *fix)
    elif free < _COMFORTABLE:
        yield warn(f"{folder} has {format_size(free)} left", *fix)
    else:
        yield well(f"{folder} has {format_size(free)} left")


def check_store(patient: Patient) -> Iterator[Finding]:
    """The store's pages, indexes and rows fit together (SQLite's quick_check)."""
    folder = _find_folder(patient)
    path = folder / "store.sqlite" if folder else None
    if path is None or not os.access(path, os.R_OK):
        return
    size = format_size(path.stat().st_size)
    verdict = check_soundness(path, patience=_PATIENCE_S)
    if verdict is None:
        yield warn(f"the store ({size}) was not checked to its end within {_PATIENCE_S:g} s")
    elif verdict:
        yield fail(f"the store is damaged: {verdict[0]}", f"stop aegisd, move {path}* aside or restore a copy")
    else:
        yield well(f"the store is sound ({size})")


def _find_folder(patient: Patient) -> Path | None:
    return Path(patient.config.daemon.state_dir) if patient.config else None


def _find_existing(patient: Patient) -> Path | None:
    """The state directory, or the nearest folder above it where there is none yet."""
    folder = _find_folder(patient)
    while folder is not None and not os.path.exists(folder):  # noqa: PTH110 - no error for what may not be looked at
        folder = folder.parent
    return folder
