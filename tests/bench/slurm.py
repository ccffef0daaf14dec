"""What a step on a cluster costs over Slurm's own commands, and what aegisd and its children hold while many run.

    python -m tests.bench.slurm [--only latency|throughput|running|growth] [--mode attached|detached]
                                [--steps 200] [--running N]

`latency`: from the request to the program's first instruction, one after the other. `throughput`: no-op steps, all
asked for at once, beside a bare loop of `srun` (64 at once) or `sbatch` (one after the other, which is as fast as the
controller takes them). `running`: steps that write a line a second, and how long it takes until the last of them is
gone after the run is cancelled. `growth` needs no cluster: see tests/bench/slurm_growth.py.

Everything is as it is by default, but for `submit_rate`, `max_running` and `grace`. The cluster of two nodes is on this
host (see tests/executors/slurm_cluster.py) and shares its processors with what is measured: read the times as ratios.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.behaviour.host import Host
from tests.bench import slurm_growth
from tests.bench.process import cpu_s
from tests.executors.slurm_cluster import Cluster, open_cluster

_AT_ONCE = 64
_CALLS = 40
_WATCHED_S = 10.0
_CPUS = 600  # of each node, as it claims
_RUNNING = {"attached": 300, "detached": 900}
_STAMP = "date +%s.%N >{}"


def main() -> None:
    """Print a line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("latency", "throughput", "running", "growth"))
    parser.add_argument("--mode", choices=tuple(_RUNNING))
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--running", type=int)
    given = parser.parse_args()
    if given.only != "growth":
        folders = tempfile.TemporaryDirectory(prefix="aegis-bench-")
        with folders as folder, open_cluster(Path(folder, "c"), cpus=_CPUS) as cluster:
            _measure(cluster, Path(folder), given)
    if given.only in {None, "growth"}:
        slurm_growth.measure()


def _measure(cluster: Cluster, folder: Path, given: argparse.Namespace) -> None:
    for mode in (given.mode,) if given.mode else _RUNNING:
        if given.only in {None, "latency"}:
            _compare_latency(cluster, folder / f"{mode}-latency", mode)
        if given.only in {None, "throughput"}:
            bare = _bare_srun if mode == "attached" else _bare_sbatch
            before = bare(cluster, given.steps)
            ours = _run(cluster, folder / f"{mode}-quick", mode, given.steps)
            alone = (before + bare(cluster, given.steps)) / 2
            ratio = f"ratio {ours / alone:.2f}"
            print(f"{mode}: {given.steps} no-op steps {ours:.2f} s, bare {alone:.2f} s, {ratio}", flush=True)
        if given.only in {None, "running"}:
            _hold(cluster, folder / f"{mode}-held", mode, given.running or _RUNNING[mode])


def _compare_latency(cluster: Cluster, folder: Path, mode: str) -> None:
    """From a request to the program, and from the start of Slurm's command to it."""
    host = _open(cluster, folder, mode, [_STAMP.format("$AEGIS_PARAM_STAMP")], "params = { stamp = {} }\n")
    try:
        ours = _time_starts(folder, lambda stamp: [host.run("w", stamp=str(stamp))])
    finally:
        host.stop()

    def ask(stamp: Path) -> object:
        script = _STAMP.format(stamp)
        if mode == "attached":
            argv = ["srun", "-Q", "-n1", "-N1", "-c1", "/bin/sh", "-c", script]
            return subprocess.Popen(argv, env=_env(cluster), stdin=subprocess.DEVNULL)
        argv = ["sbatch", "--parsable", "-o", "/dev/null", "-n1", "-N1", "-c1", "--wrap", script]
        return subprocess.run(argv, env=_env(cluster), check=True, capture_output=True)

    bare = _time_starts(folder, ask)
    print(f"{mode}: submit to start {_show(ours)}, bare {_show(bare)}", flush=True)


def _time_starts(folder: Path, ask: Callable[[Path], object]) -> list[float]:
    """Seconds from each of some requests until the program has begun that leaves a stamp."""
    found: list[float] = []
    for number in range(_CALLS):
        stamp = folder / f"stamp{number}"
        begun = time.time()
        kept = ask(stamp)
        while not stamp.exists() or not stamp.read_text().endswith("\n"):
            time.sleep(0.005)
        if isinstance(kept, subprocess.Popen):
            kept.wait()
        found.append(float(stamp.read_text()) - begun)
        stamp.unlink()
        time.sleep(0.1)
    return found


def _show(seconds: Sequence[float]) -> str:
    middle, high = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
    return f"{middle * 1000:.0f} ms p50, {high * 1000:.0f} ms p95"


def _bare_srun(cluster: Cluster, steps: int) -> float:
    """Seconds for `steps` times srun with the same line of shell, some at once."""
    argv = ["srun", "-Q", "-n1", "-N1", "-c1", "/bin/sh", "-c", "true"]

    def one(_: int) -> None:
        subprocess.run(argv, env=_env(cluster), check=True, stdin=subprocess.DEVNULL)

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
        begun = time.perf_counter()
        run = host.run("w")
        slurm_growth.wait_for_events(host, "step.placed", steps)
        print(f"{mode}: {steps} steps all run after {time.perf_counter() - begun:.1f} s", flush=True)
        assert host.process is not None
        print(f"{mode}: {steps} running steps, {_watch(host.process.pid)}", flush=True)
        begun = time.perf_counter()
        host.call("CancelRun", run=run)
        host.finish(run)
        print(f"{mode}: all of them ended in {time.perf_counter() - begun:.1f} s", flush=True)
        assert not cluster.live()
    finally:
        host.stop()


def _watch(pid: int) -> str:
    """Memory, files and processor time of aegisd and of its children."""
    begun = time.perf_counter()
    own, all_of_them = cpu_s(pid), _spent_s(pid)
    time.sleep(_WATCHED_S)
    took = time.perf_counter() - begun
    own, all_of_them = cpu_s(pid) - own, _spent_s(pid) - all_of_them
    children = _family(pid)[1:]
    memory = f"{_pss(pid) / 2**20:.0f} MiB, its {len(children)} children {sum(map(_pss, children)) / 2**20:.0f} MiB"
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return f"aegisd {memory}, {files} files, {own / took:.0%} of a core, children {(all_of_them - own) / took:.0%}"


def _open(cluster: Cluster, folder: Path, mode: str, scripts: list[str], workflow: str = "") -> Host:
    folder.mkdir()
    spool = f'spool = "{folder}"\n' if mode == "detached" else ""
    farm = f'[executors.farm]\ntype = "slurm"\nmode = "{mode}"\nconf = "{cluster.conf}"\n{spool}'
    farm += f"grace = 0\nsubmit_rate = 1000\nmax_running = {max(_CALLS, len(scripts))}\n"
    farm += f"[workflows.w]\nexecutor = 'farm'\nmax_concurrent = {_CALLS}\n{workflow}"
    steps = "".join(
        f"[[workflows.w.steps]]\nname = 's{place}'\nparallel = true\nrun = '''{script}'''\n"
        for place, script in enumerate(scripts)
    )
    host = Host(folder, farm + steps, daemon=f'grace = "0s"\nruns = {_CALLS}')
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


def _spent_s(pid: int) -> float:
    """Seconds of processor that a process, its descendants and those of its children that have ended have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    return ended + sum(cpu_s(each) for each in _family(pid))


def _pss(pid: int) -> int:
    """The bytes of memory that are a process's share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
