"""What it costs to keep and follow step output, against `cmd > file`, measured in the same call.

Target: a step that writes 5 GiB while `logs -f` follows reaches at least 0.5 of the throughput of the plain
redirection, aegisd's peak memory grows by less than 30 MiB, and the follower's last byte is the step's.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.behaviour.host import Host

SIZE = int(sys.argv[1]) if len(sys.argv) > 1 else 5 * 1024**3
COMMAND = f"head -c {SIZE - 5} /dev/zero; printf 'last\\n'"


def _peak(host: Host) -> int:
    assert host.process is not None
    lines = Path(f"/proc/{host.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def _plain(folder: Path) -> float:
    begun = time.perf_counter()
    with (folder / "plain").open("wb") as file:
        subprocess.run(["sh", "-c", COMMAND], stdout=file, check=True)
    spent = time.perf_counter() - begun
    (folder / "plain").unlink()
    return spent


def _followed(host: Host) -> tuple[float, float, int, bytes]:
    """Seconds of the step, seconds until the follower had everything, its bytes, and its last ones."""
    begun = time.perf_counter()
    run = host.run("w")
    program = [sys.executable, "-m", "aegisctl", "--socket", str(host.socket), "logs", str(run), "-f", "--raw"]
    follower = subprocess.Popen(program, stdout=subprocess.PIPE)
    count, tail = 0, b""
    assert follower.stdout is not None
    while data := follower.stdout.read1(1 << 20):
        count += len(data)
        tail = (tail + data)[-5:]
    assert follower.wait() == 0
    spent = time.perf_counter() - begun
    return float(host.step(run, "s")["duration_s"]), spent, count, tail


def main() -> None:
    """Print what was measured beside its targets."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        host = Host(folder, f"[workflows.w]\n[[workflows.w.steps]]\nname = 's'\nrun = '''{COMMAND}'''\n")
        host.start()
        try:
            plain, before = _plain(folder), _peak(host)
            step, whole, count, tail = _followed(host)
            grown = (_peak(host) - before) / 1024
        finally:
            host.stop()
    print(f"plain redirection      {SIZE / plain / 1e6:7.0f} MB/s")
    print(f"step under aegisd      {SIZE / step / 1e6:7.0f} MB/s   {plain / step:5.2f} of it (target 0.5)")
    print(f"follower to last byte  {SIZE / whole / 1e6:7.0f} MB/s   {plain / whole:5.2f} of it")
    print(f"aegisd's memory grew   {grown:7.1f} MiB    (target below 30)")
    print(f"the follower has {count} of {SIZE} bytes, the last line is {tail!r}")
    assert (count, tail) == (SIZE, b"last\n")


if __name__ == "__main__":
    main()
