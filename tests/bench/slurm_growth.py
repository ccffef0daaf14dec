"""What a step on a cluster costs the coordinator, and that 20,000 cost no more for each than 2,000.

    python -m tests.bench.slurm_growth [SIZE...]

Slurm's commands are scripts here (tests/executors/fake_slurm.py) and the mode is `detached`. Workflows have 1,000
steps that run for two seconds, and as many runs are asked for at once as make up the size. Four of them execute at
once, as by default, and 1,000 jobs are there at once. What is told is the processor time of aegisd, without the
commands, so that it does not matter what else the host does. A controller remembers jobs for five minutes: squeue tells
of nearly all of them to the end. The memory is that of aegisd at the end, with what it keeps of that many runs.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.behaviour.host import Host
from tests.bench.process import cpu_s, resident_kib
from tests.bench.steps import make_workflow
from tests.executors.fake_slurm import write_commands

_SIZES = (2000, 5000, 10_000, 20_000)
_TOGETHER = 1000
_HOLD_S = 2.0
_REMEMBERED_S = 300.0


def measure(sizes: tuple[int, ...] = _SIZES) -> None:
    """Print a line for each size."""
    costs = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="aegis-bench-") as folder:
            cpu, kib = _carry_out(Path(folder), size)
        costs.append(cpu / size * 1000)
        beside = f", {costs[-1] / costs[0]:.2f} x that of {sizes[0]:,}" if len(costs) > 1 else ""
        memory = f"{kib / 1024:.0f} MiB more memory"
        print(f"{size:,} detached steps: {costs[-1]:.2f} ms of processor each{beside}; {memory}", flush=True)


def _carry_out(folder: Path, size: int) -> tuple[float, int]:
    """Seconds of aegisd's processor, and KiB that it has grown by."""
    commands = write_commands(folder / "slurm", hold=_HOLD_S, remembered=_REMEMBERED_S)
    spool = folder / "spool"
    spool.mkdir()
    farm = f'[executors.farm]\ntype = "slurm"\nmode = "detached"\nbin = "{commands}"\nspool = "{spool}"\n'
    farm += f"submit_rate = 1000\nmax_running = {_TOGETHER}\n"
    workflow = make_workflow("w", min(size, _TOGETHER), "run = 'true'\nparallel = true")
    host = Host(
        folder, farm + workflow.replace("[workflows.w]", "[workflows.w]\nexecutor = 'farm'\nmax_concurrent = 4")
    )
    host.start()
    assert host.process is not None
    pid = host.process.pid
    try:
        kib, begun = resident_kib(pid), cpu_s(pid)
        for _ in range(size // _TOGETHER):
            host.run("w")
        wait_for_events(host, "workflow.completed", size // _TOGETHER)
        spent, grown = cpu_s(pid) - begun, resident_kib(pid) - kib
        assert host.call("CountEvents", types=["step.completed"], results=["success"])["count"] == size
    finally:
        host.stop()
    return spent, grown


def wait_for_events(host: Host, kind: str, count: int) -> None:
    """Until there have been `count` events of a kind. Asked once a second: it is no work beside that of the steps."""
    while host.call("CountEvents", types=[kind])["count"] < count:
        time.sleep(1.0)


if __name__ == "__main__":
    measure(tuple(map(int, sys.argv[1:])) or _SIZES)
