"""Artifacts with the real daemon: ten thousand small files of one step, and one of 2 GiB, with the memory of aegisd.

`python tests/bench/artifacts.py` prints each beside its target; a smaller file with `--mib N`.
"""

import argparse
import sys
import tempfile
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.behaviour.host import Host

_CONFIG = """
[[workflows.many.steps]]
name = "many"
run = "seq 10000 | split -a 4 -l 1"
artifacts = ["x*"]

[[workflows.large.steps]]
name = "large"
run = "head -c {mib}M /dev/zero > large; date +%s.%N > began"
artifacts = ["large"]

[[workflows.nothing.steps]]
name = "nothing"
run = "seq 10000 | split -a 4 -l 1"
"""


def _seconds(host: Host, workflow: str) -> float:
    run = host.run(workflow)
    assert host.finish(run)["result"] == "success"
    ended = {e["type"]: datetime.fromisoformat(e["time"]) for e in host.events(run=run)}
    return (ended["step.completed"] - ended["step.started"]).total_seconds()


def _peak_mib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024


def main() -> int:
    """Measure; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=2048)
    mib = parser.parse_args().mib
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder), _CONFIG.format(mib=mib))
        host.start()
        try:
            assert host.process is not None
            without = _seconds(host, "nothing")
            many = _seconds(host, "many") - without
            print(f"10,000 artifacts: {many:.1f} s (target: 10 s)")
            before = _peak_mib(host.process.pid)
            large = _seconds(host, "large")
            grown = _peak_mib(host.process.pid) - before
            print(f"one of {mib} MiB, written and kept: {large:.1f} s; aegisd grew by {grown} MiB (target: 20 MiB)")
        finally:
            host.stop()
    return 0 if many <= 10 and grown <= 20 else 1


if __name__ == "__main__":
    sys.exit(main())
