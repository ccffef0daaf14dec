"""A step that means harm: eight attacks on aegisd, its secrets and its other steps. A script that prints the names of
those that succeed.

It does no harm where it succeeds: files are opened and not changed, processes get signal 0.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ATTACKS = (
    "signal the daemon",
    "signal another step",
    "read the daemon's environment",
    "open the daemon's memory",
    "read a credentials file",
    "write to cgroupfs",
    "write outside of the workspace",
    "read another run's workspace",
)


def try_all(daemon: int, step: int, credentials: str, outside: str, workspace: str) -> Iterator[str]:
    """The names of the attacks that succeed. The paths: a file with a secret, a folder, and a file of another run."""
    attacks: tuple[Callable[[], object], ...] = (
        lambda: os.kill(daemon, 0),
        lambda: os.kill(step, 0),
        lambda: _need(Path(f"/proc/{daemon}/environ").read_bytes()),
        lambda: os.close(os.open(f"/proc/{daemon}/mem", os.O_RDWR)),
        lambda: _need(Path(credentials).read_bytes()),
        _open_cgroup,
        lambda: _touch(Path(outside, "left-behind")),
        lambda: _need(Path(workspace).read_bytes()),
    )
    for name, attack in zip(ATTACKS, attacks, strict=True):
        with contextlib.suppress(OSError):
            attack()
            yield name


def _open_cgroup() -> None:
    """Open the list of processes of some cgroup for writing; raises OSError when there is none that it may."""
    for folder, _, files in os.walk("/sys/fs/cgroup"):
        if "cgroup.procs" in files:
            with contextlib.suppress(OSError):
                os.close(os.open(f"{folder}/cgroup.procs", os.O_WRONLY))
                return
    message = "no cgroup can be written to"
    raise OSError(message)


def _touch(path: Path) -> None:
    path.write_bytes(b"")
    path.unlink()


def _need(data: bytes) -> None:
    if not data:
        message = "nothing in it"
        raise OSError(message)


if __name__ == "__main__":
    for each in try_all(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]):
        print(each, flush=True)
