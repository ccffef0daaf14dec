"""The limits of an attempt as files of its cgroup, and what to say when one of them ended it (cgroups in the kernel's
documentation, "Core Interface Files" and after)."""

import os
from contextlib import suppress

from aegisd.core.confinement import Confinement
from aegisd.programs.cgroup_tree import write_file

_PERIOD_US = 100_000

CONTROLLERS = {"memory": "memory", "cpus": "cpu", "pids": "pids"}
"""Which controller a limit needs."""


def limit_cgroup(cgroup: str, confinement: Confinement) -> None:
    """Write the limits of `confinement` into `cgroup`. Raises OSError."""
    if confinement.memory is not None:
        write_file(f"{cgroup}/memory.max", b"%d" % confinement.memory)
        write_file(f"{cgroup}/memory.oom.group", b"1")
        with suppress(FileNotFoundError):  # a kernel without swap
            write_file(f"{cgroup}/memory.swap.max", b"0")
    if confinement.cpus is not None:
        write_file(f"{cgroup}/cpu.max", b"%d %d" % (max(1000, round(confinement.cpus * _PERIOD_US)), _PERIOD_US))
    if confinement.pids is not None:
        write_file(f"{cgroup}/pids.max", b"%d" % confinement.pids)


def explain_limits(cgroup: str, confinement: Confinement) -> str | None:
    """Which limits of `confinement` have stopped something in `cgroup`."""
    said = []
    if confinement.memory is not None and read_counts(f"{cgroup}/memory.events").get("oom_kill"):
        said.append(f"out of memory: it may use {confinement.memory / 2**20:.10g} MiB")
    if confinement.pids is not None and read_counts(f"{cgroup}/pids.events").get("max"):
        said.append(f"it has reached its limit of {confinement.pids} processes")
    return "; ".join(said) or None


def read_counts(path: str) -> dict[str, int]:
    """A file of the kernel with a name and a number in each line; empty where it is not there."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return {}
    try:
        words = os.read(fd, 4096).split()
    finally:
        os.close(fd)
    return {name.decode(): int(number) for name, number in zip(words[::2], words[1::2], strict=False)}
