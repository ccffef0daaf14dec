"""1,000 steps without a process, recorded durably: beside the runner of aegis-qa 0.2.0 with its SQLite history.

aegis-qa comes from the package index into an environment of its own, which is thrown away. Without an index there is
nothing to stand beside, and the line says so.
"""

import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

from tests.behaviour.host import Host
from tests.bench.frame import Effort, Line
from tests.bench.steps import make_workflow, time_run

_COUNT = 1000
_OTHER = "aegis-qa==0.2.0"
_RUNNER = Path(__file__).with_name("qa_runner.py")


def measure(effort: Effort) -> Iterator[Line]:
    """aegis's own time, the other's where it can be had, and one over the other."""
    count = effort.part(_COUNT)
    work = f"{count:,} steps without a process, durable"
    with tempfile.TemporaryDirectory() as folder:
        python = _install(Path(folder, "venv"))
        host = Host(Path(folder), make_workflow("w", count, "type = 'wait'\nseconds = 0"))
        host.start()
        try:
            time_run(host, "w")
            own, other = [], []
            for _ in range(effort.rounds):
                own.append(time_run(host, "w") * 1000)
                other += [_time_other(python, Path(folder), count)] if python else []
        finally:
            host.stop()
    yield Line(work=work, values=own, unit="ms", limit="absolute, synchronous = full, read by a client")
    ratios = [one / another for one, another in zip(own, other, strict=False)]
    if not ratios:
        yield Line(work=f"{work}, ratio", unit="x", target=1.0, skipped=f"{_OTHER} cannot be had here")
        return
    median = sorted(other)[len(other) // 2]
    limit = f"the runner of {_OTHER} with SqliteHistory: {median:.0f} ms"
    yield Line(work=f"{work}, ratio", values=ratios, unit="x", target=1.0, limit=limit)


def _install(folder: Path) -> str | None:
    """The interpreter of an environment with the other one; None where it cannot be had."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    words = [python, "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input", "install", _OTHER]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return None if done.returncode else python


def _time_other(python: str, folder: Path, count: int) -> float:
    """Milliseconds of one run of the other, as it says itself; the start of Python is not counted."""
    words = [python, str(_RUNNER), str(folder / "other.db"), str(count)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{_OTHER} failed:\n{done.stderr[-2000:]}")
    return float(done.stdout)
