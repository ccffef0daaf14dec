"""What the kernel says of a process that is measured (proc(5))."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def resident_kib(pid: int) -> int:
    """Resident memory now, in KiB, as top shows it."""
    return int(_status(Path(f"/proc/{pid}"))["VmRSS"].split()[0])


def cpu_s(pid: int) -> float:
    """Seconds of processor time that all its threads have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def count_wakeups(pid: int) -> dict[str, int]:
    """How often each of its living threads has slept and woken up; one that ends takes its number along."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return {thread.name: int(_status(thread)["voluntary_ctxt_switches"]) for thread in threads}


def _status(folder: Path) -> dict[str, str]:
    lines = (folder / "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
