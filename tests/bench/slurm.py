"""What a step on a cluster costs over Slurm's own commands: throughput of no-op steps beside a bare loop of `srun` or
`sbatch`, and what aegisd and its children hold while many steps run.

    python -m tests.bench.slurm [--steps 200] [--running 100]

It starts a cluster of two nodes on this host (see tests/executors/slurm_cluster.py), which shares its processors with
what is measured: read the numbers as ratios.
"""

import argparse
import os
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.behaviour.host import Host
from tests.executors.slurm_cluster import Cluster, open_cluster

_AT_ONCE = 64


def main() -> None:
    """Print a line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--running", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aegis-bench-") as folder, open_cluster(Path(folder, "c")) as cluster:
        for mode, bare in (("attached", _bare_srun), ("detached", _bare_sbatch)):
            alone = bare(cluster, given.steps)
            ours = _run(cluster, Path(folder, f"{mode}-quick"), mode, given.steps)
            ratio = ours / alone
            print(f"{mode}: {given.steps} no-op steps {ours:.2f} s, bare {alone:.2f} s, ratio {ratio:.2f}")
            _hold(cluster, Path(folder, f"{mode}-held"), mode, given.running)


def _bare_srun(cluster: Cluster, steps: int) -> float:
    """Seconds for `steps` times srun, some at once."""

    def one(_: int) -> None:
        subprocess.run(
            ["srun", "-Q", "-n1", "-N1", "-c1", "/bin/true"], env=_env(cluster), check=True, stdin=subprocess.DEVNULL
        )

    begun = time.perf_counter()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(one, range(steps)))
    return time.perf_counter() - begun


def _bare_sbatch(cluster: Cluster, steps: int) -> float:
    """Seconds for `steps` times sbatch, until none is left."""
    begun = time.perf_counter()
    for _ in range(steps):
        argv = ["sbatch", "--parsable", "-o", "/dev/null", "-n1", "-N1", "-c1", "-J", "bare", "--wrap", "true"]
        subprocess.run(argv, env=_env(cluster), check=True, capture_output=True)
    while cluster.live():
        time.sleep(0.05)
    return time.perf_counter() - begun


def _run(cluster: Cluster, folder: Path, mode: str, steps: int) -> float:
    """Seconds for a run of `steps` no-op steps, all at once."""
    host = _open(cluster, folder, mode, ["true"] * steps)
    try:
        begun = time.perf_counter()
        run = host.run("w")
        assert host.finish(run)["result"] == "success"
        return time.perf_counter() - begun
    finally:
        host.stop()


def _hold(cluster: Cluster, folder: Path, mode: str, steps: int) -> None:
    """What aegisd and its children hold and use while `steps` steps write a line a second."""
    host = _open(cluster, folder, mode, ["while :; do echo line; sleep 1; done"] * steps)
    try:
        run = host.run("w")
        host.wait_until(lambda: len(host.events(run=run, types=["step.placed"])) == steps, 300)
        assert host.process is not None
        before, begun = _cpu_s(host.process.pid), time.perf_counter()
        time.sleep(10)
        share = (_cpu_s(host.process.pid) - before) / (time.perf_counter() - begun)
        memory = sum(_pss(pid) for pid in _family(host.process.pid))
        count = len(list(Path(f"/proc/{host.process.pid}/fd").iterdir()))
        held = f"{memory / 2**20:.0f} MiB with children, {count} files, {share:.0%} of a core"
        print(f"{mode}: {steps} running steps, {held}")
        begun = time.perf_counter()
        host.call("CancelRun", run=run)
        host.finish(run)
        print(f"{mode}: all of them ended in {time.perf_counter() - begun:.1f} s")
    finally:
        host.stop()


def _open(cluster: Cluster, folder: Path, mode: str, scripts: list[str]) -> Host:
    folder.mkdir()
    spool = f'spool = "{folder}"\n' if mode == "detached" else ""
    farm = f'[executors.farm]\ntype = "slurm"\nmode = "{mode}"\nconf = "{cluster.conf}"\n{spool}'
    farm += f"grace = 0\nsubmit_rate = 1000\nmax_running = {len(scripts)}\n[workflows.w]\nexecutor = 'farm'\n"
    steps = "".join(
        f"[[workflows.w.steps]]\nname = 's{place}'\nparallel = true\nrun = '{script}'\n"
        for place, script in enumerate(scripts)
    )
    host = Host(folder, farm + steps, daemon='grace = "0s"')
    host.start()
    return host


def _env(cluster: Cluster) -> dict[str, str]:
    return {**os.environ, "SLURM_CONF": str(cluster.conf)}


def _family(pid: int) -> list[int]:
    """A process and all of its descendants."""
    found = [pid]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [each for child in path.read_text().split() for each in _family(int(child))]
    return found


def _pss(pid: int) -> int:
    """The bytes of memory that are a process's share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _cpu_s(pid: int) -> float:
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
