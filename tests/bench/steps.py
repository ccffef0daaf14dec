"""What a durable step costs, against the spawn that it cannot avoid, measured in the same call.

Target: a workflow of 1,000 steps `sh -c true`, with all events on disk and one reader on the timeline, takes at most
1.5 times a bare loop of posix_spawn and wait. A step without a process (`wait` of 0 s) costs at most 60 us, and 10,000
of them at most 11 times as much as 1,000.

On ext4 a run of this soon after thousands of files were deleted (an earlier run of it cleans up after itself) measures
the file system: for some minutes it passes over every inode that was freed lately whenever a file is made, which can
cost as much as the step. Let a few minutes pass before the first number counts.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.behaviour.host import Host

ROUNDS = 5
DAEMON = 'synchronous = "normal"\nkeep = { runs = 1000 }'


def make_workflow(name: str, count: int, step: str) -> str:
    """The configuration of a workflow of `count` steps that are all the same."""
    steps = "".join(f"[[workflows.{name}.steps]]\nname = 's{index}'\n{step}\n" for index in range(count))
    return f"[workflows.{name}]\n{steps}"


def time_spawns(count: int) -> float:
    """Seconds of the bare loop."""
    begun = time.perf_counter()
    for _ in range(count):
        os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", "true"], os.environ), 0)
    return time.perf_counter() - begun


def time_run(host: Host, workflow: str) -> float:
    """Seconds from the request until a reader of all its events has seen the end."""
    begun = time.perf_counter()
    run = host.run(workflow)
    _read_to_the_end(host, run)
    spent = time.perf_counter() - begun
    assert host.show(run)["run"]["result"] == "success"
    return spent


def _read_to_the_end(host: Host, run: int) -> None:
    """Take all events of the run, as bytes: what a reader makes of them is its own time."""
    call = {"method": "io.aegisd.Control.TailEvents", "parameters": {"run": run, "follow": True}, "more": True}
    with host.connect() as connection:
        connection.sendall(json.dumps(call).encode() + b"\0")
        end = b""
        while b'"type":"workflow.completed"' not in end:
            data = connection.recv(1 << 20)
            assert data
            end = end[-1000:] + data


def main() -> None:
    """Print the measured ratios beside their targets."""
    config = (
        make_workflow("spawn", 1000, "run = 'true'")
        + make_workflow("noop", 1000, "type = 'wait'\nseconds = 0")
        + make_workflow("noops", 10000, "type = 'wait'\nseconds = 0")
    )
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder), config, daemon=DAEMON)
        host.start()
        try:
            _report(host)
        finally:
            host.stop()


def _report(host: Host) -> None:
    spawned, ratios, small, large = [], [], [], []
    for _ in range(ROUNDS):
        bare = time_spawns(1000)
        spawned.append(time_run(host, "spawn"))
        ratios.append(spawned[-1] / ((bare + time_spawns(1000)) / 2))
        small.append(time_run(host, "noop"))
        large.append(time_run(host, "noops"))
    median = statistics.median
    print(f"step with a process    {median(spawned):7.3f} ms   {median(ratios):5.2f} times a bare spawn (target 1.5)")
    print(f"step without a process {median(small) * 1000:7.1f} us   (target 60)")
    print(f"10,000 against 1,000   {median(large) / median(small):7.1f} times (target 11)")


if __name__ == "__main__":
    main()
