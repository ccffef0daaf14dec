"""What an attempt used, from what wait(2) and its cgroup tell (`Usage` says what each number covers)."""

import resource
from collections.abc import Mapping

from aegisd.core.confinement import Usage
from aegisd.executors.limits import read_counts

_BLOCK = 512
_MICRO = 1_000_000
_PRESSURES = ("cpu", "memory", "io")


def measure(memory_kib: int) -> int | None:
    """The peak of a program in bytes, from what wait(2) says of the process that became it. None when that is not more
    than aegisd's own: so much the process had while it was still a copy of aegisd, and the kernel keeps the larger."""
    return memory_kib * 1024 if memory_kib > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss else None


def from_rusage(usage: resource.struct_rusage) -> Usage:
    """What wait(2) says of a child of aegisd's."""
    return Usage(
        user_s=round(usage.ru_utime, 6),
        system_s=round(usage.ru_stime, 6),
        memory_bytes=measure(usage.ru_maxrss),
        read_bytes=usage.ru_inblock * _BLOCK,
        written_bytes=usage.ru_oublock * _BLOCK,
        yielded=usage.ru_nvcsw,
        preempted=usage.ru_nivcsw,
    )


def from_cgroup(cgroup: str, usage: Usage, *, controllers: frozenset[str], with_pressure: bool) -> Usage:
    """As the cgroup sees it, and `usage` where it does not count. One file is read, and one for each controller that
    accounts and each kind of pressure."""
    cpu = read_counts(f"{cgroup}/cpu.stat")
    disk = _read_disk(cgroup) if "io" in controllers else None
    peak = _read_number(f"{cgroup}/memory.peak") if "memory" in controllers else None
    return Usage(
        user_s=cpu["user_usec"] / _MICRO if "user_usec" in cpu else usage.user_s,
        system_s=cpu["system_usec"] / _MICRO if "system_usec" in cpu else usage.system_s,
        memory_bytes=usage.memory_bytes if peak is None else peak,
        read_bytes=disk[0] if disk else usage.read_bytes,
        written_bytes=disk[1] if disk else usage.written_bytes,
        yielded=usage.yielded,
        preempted=usage.preempted,
        stalled_s=_read_pressure(cgroup) if with_pressure else None,
    )


def _read_pressure(cgroup: str) -> Mapping[str, float] | None:
    """Seconds of stall by resource; None where the kernel does not count them."""
    found = {}
    for name in _PRESSURES:
        some = _read_text(f"{cgroup}/{name}.pressure").partition("\n")[0]
        _, _, total = some.partition("total=")
        if total.isdigit():
            found[name] = int(total) / _MICRO
    return found or None


def _read_disk(cgroup: str) -> tuple[int, int]:
    """Bytes read and written, of all disks (`8:0 rbytes=1 wbytes=2 ...`)."""
    read = written = 0
    for word in _read_text(f"{cgroup}/io.stat").split():
        name, _, number = word.partition("=")
        if name == "rbytes":
            read += int(number)
        elif name == "wbytes":
            written += int(number)
    return read, written


def _read_number(path: str) -> int | None:
    text = _read_text(path).strip()
    return int(text) if text.isdigit() else None


def _read_text(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:  # noqa: PTH123 - half the time of pathlib, on the way to each step
            return file.read()
    except (OSError, ValueError):
        return ""
