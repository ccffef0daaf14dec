"""`aegisctl status`: installed, against the bare interpreter; from the one file, absolute, once it is unpacked."""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.behaviour.host import Host
from tests.bench.frame import Effort, Line, pair

_BINARY = Path(__file__).parents[3] / "dist" / f"aegis-linux-{platform.machine()}"
_CALLS = 21


def measure(effort: Effort) -> Iterator[Line]:
    """Both forms."""
    installed = str(Path(sys.executable).parent / "aegisctl")
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder), "[workflows.w]\n[[workflows.w.steps]]\nrun = 'true'\n")
        host.start()
        try:
            host.finish(host.run("w"))
            status = ("--socket", str(host.socket), "status")
            ratios, spent = pair(
                effort.rounds,
                lambda: time_call(sys.executable, "-I", "-c", "pass"),
                lambda: time_call(installed, *status),
            )
            limit = f"`python -I -c pass`; {statistics.median(spent) * 1000:.0f} ms"
            yield Line(work="`aegisctl status`, installed", values=ratios, unit="x", target=3, limit=limit)
            yield _measure_binary(effort, status, Path(folder, "cache"))
        finally:
            host.stop()


def _measure_binary(effort: Effort, status: tuple[str, ...], cache: Path) -> Line:
    work, binary = "`aegisctl status`, from the one file, warm", os.environ.get("AEGIS_BIN") or str(_BINARY)
    if not Path(binary).exists():
        return Line(work=work, unit="ms", target=100, skipped="`make binary` has not been run")
    program, environment = cache.with_name("aegisctl"), {**os.environ, "AEGIS_CACHE": str(cache)}
    program.symlink_to(Path(binary).resolve())
    begun = time.perf_counter()
    subprocess.run([program, "--version"], stdout=subprocess.DEVNULL, check=True, env=environment)
    first = time.perf_counter() - begun
    spent = [time_call(str(program), *status, environment=environment) * 1000 for _ in range(effort.rounds)]
    return Line(work=work, values=spent, unit="ms", target=100, limit=f"absolute; the first start took {first:.2f} s")


def time_call(*command: str, environment: dict[str, str] | None = None) -> float:
    """Seconds of one call: the median of some, since one takes no longer than a blink of the scheduler."""
    spent = []
    for _ in range(_CALLS):
        begun = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent)
