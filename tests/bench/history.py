"""What 10,000 finished runs cost those who ask: `history -L 20`, `status`, the start; in CPU time of aegisd.

Target: each stays under 100 ms. The start is compared with the start on an empty store in the same call.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.behaviour.host import Host

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
NAMES = [f"w{index}" for index in range(10)]
STEP = "type = 'wait'\nseconds = 0\n"
CONFIG = "".join(f"[workflows.{name}]\nmax_concurrent = 4\n[[workflows.{name}.steps]]\n{STEP}" for name in NAMES)


def _cpu_ms(host: Host) -> float:
    assert host.process is not None
    fields = Path(f"/proc/{host.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _per_call(host: Host, method: str, **parameters: int) -> float:
    """CPU milliseconds of aegisd for one call, from 50 of them (the kernel counts in ticks)."""
    before = _cpu_ms(host)
    for _ in range(50):
        host.call(method, **parameters)
    return (_cpu_ms(host) - before) / 50


def _start(host: Host) -> float:
    begun = time.perf_counter()
    host.start()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Print what was measured beside its targets."""
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder), CONFIG, daemon='runs = 8\nkeep = { runs = 1000000 }\nsynchronous = "normal"')
        host.start()
        host.stop()
        empty = min(_restart(host) for _ in range(3))
        host.start()
        for index in range(RUNS):
            host.run(NAMES[index % len(NAMES)])
        host.wait_until(lambda: not host.call("ListRuns", states=["pending", "executing", "finalizing"])["runs"], 600)
        history, status = _per_call(host, "ListRuns", limit=20), _per_call(host, "GetStatus")
        host.stop()
        full = min(_restart(host) for _ in range(3))
    print(f"history -L 20 {history:6.1f} ms of aegisd's time with {RUNS} runs (target below 100)")
    print(f"status        {status:6.1f} ms (target below 100)")
    more = full - empty
    print(f"start         {full:6.1f} ms until it answers, {more:+.1f} ms against an empty store (target below +100)")


def _restart(host: Host) -> float:
    spent = _start(host)
    host.stop()
    return spent


if __name__ == "__main__":
    main()
