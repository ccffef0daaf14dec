"""What a start makes of 1,000 runs that kill -9 of aegisd cut short: the time until all of them are taken up on disk.

Target: within one second of the start of the recovery, and no run says "executing" that is not. The steps sleep inside
aegisd, so that what is measured is aegisd and not a thousand processes.
"""

import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.behaviour.host import Host

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
_STEP = "[[workflows.w.steps]]\nname = '{name}'\ntype = 'wait'\nseconds = {seconds}\n"
CONFIG = f"[workflows.w]\nmax_concurrent = {RUNS}\n" + "".join(
    _STEP.format(name=f"s{number}", seconds=seconds) for number, seconds in enumerate((0, 0, 0, 600))
)


def _executing(host: Host) -> bool:
    return len(host.events(types=["step.completed"], last=10 * RUNS)) == 3 * RUNS


def _seconds(one: dict[str, Any], other: dict[str, Any]) -> float:
    return (datetime.fromisoformat(other["time"]) - datetime.fromisoformat(one["time"])).total_seconds()


def main() -> None:
    """Print what was measured beside its target."""
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder), CONFIG, daemon=f"runs = {RUNS}\nsynchronous = 'normal'")
        host.start()
        for _ in range(RUNS):
            host.run("w")
        host.wait_until(lambda: _executing(host), 120)
        host.kill()
        begun = datetime.now().astimezone()
        host.start()
        kinds = ["daemon.started", "workflow.resumed"]
        host.wait_until(lambda: len(host.events(types=kinds, last=10 * RUNS)) == RUNS + 2)
        told = host.events(types=kinds, last=10 * RUNS)
        host.kill()
    start = next(event for event in reversed(told) if event["type"] == "daemon.started")
    total = (datetime.fromisoformat(told[-1]["time"]) - begun).total_seconds()
    print(
        f"restart       {total * 1000:6.0f} ms from exec until {RUNS} runs were resumed (target below 1000 + the start)"
    )
    print(f"              {_seconds(start, told[-1]) * 1000:6.0f} ms of it after daemon.started")


main()
