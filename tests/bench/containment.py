"""What containment costs a step, against the bare spawn that it cannot avoid, and how long a cancelled tree takes to
go.

Each row runs `sh -c true` over and over in this process; the ratios are of one call, so that a busy machine slows all
of them. Target: a tree that forks without end is gone 20 ms (median) after SIGKILL in a cgroup, and nobody survives.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import trio

sys.path.insert(0, str(Path(__file__).parents[2]))

from aegisd.core.errors import StartError
from aegisd.executors.command import Command
from aegisd.executors.containment import Containment
from aegisd.executors.local import LocalExecutor
from aegisd.executors.opening import open_containment

ROUNDS, STEPS, CANCELS = 5, 200, 200
ENV = {"PATH": os.environ["PATH"]}
SHELL = ("/bin/sh", "-c", "true")
SANDBOX = (
    *("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run"),
    *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--new-session"),
)
FORKING = 'trap "" TERM; f() { while :; do (: & sleep 0.001 &); done; }; f & f & f & echo up; f'


def _bare() -> float:
    begun = time.perf_counter()
    for _ in range(STEPS):
        os.waitpid(os.posix_spawn(SHELL[0], list(SHELL), ENV), 0)
    return time.perf_counter() - begun


async def _steps(containment: Containment, argv: tuple[str, ...]) -> float:
    executor, output = LocalExecutor(containment=containment, grace=1.0), os.open(os.devnull, os.O_WRONLY)
    begun = time.perf_counter()
    for number in range(STEPS):
        command = Command(argv=argv, env=ENV, dir="/", output_fd=output, name=f"step-{number}")
        async with executor.open_process(command, hurry=trio.Event()) as process:
            await process.wait()
        assert process.exit_code == 0
    os.close(output)
    return time.perf_counter() - begun


async def _cancel(containment: Containment, folder: Path) -> float:
    """Seconds from SIGKILL to the kernel's word that a forking tree is gone."""
    path = folder / "output"
    path.unlink(missing_ok=True)
    output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    hurry = trio.Event()
    command = Command(argv=("/bin/sh", "-c", FORKING), env=ENV, dir="/", output_fd=output)
    executor = LocalExecutor(containment=containment, grace=0)
    async with executor.open_process(command, hurry=hurry) as process:
        while not path.stat().st_size:  # noqa: ASYNC110 - a file does not tell
            await trio.sleep(0.005)
        await trio.sleep(0.02)
        hurry.set()
    os.close(output)
    assert process.receipt is not None
    assert process.receipt.empty
    return process.receipt.took_s


def _count_survivors() -> int:
    found = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += FORKING.encode() in path.read_bytes()
        except OSError:
            continue
    return found


async def _measure(name: str, measure: Callable[[Containment, Path], Awaitable[None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            async with open_containment(name, state_dir=Path(folder)) as containment:
                await measure(containment, Path(folder))
        except* StartError as group:
            print(f"{name:<16} not here: {group.exceptions[0]}")


async def _cost(name: str, strategy: str, argv: tuple[str, ...]) -> None:
    async def measure(containment: Containment, folder: Path) -> None:
        del folder
        spent, ratios = [], []
        for _ in range(ROUNDS):
            bare = _bare()
            spent.append(await _steps(containment, argv))
            ratios.append(spent[-1] / ((bare + _bare()) / 2))
        each = statistics.median(spent) / STEPS * 1000
        print(f"{name:<16} {each:7.3f} ms a step   {statistics.median(ratios):5.2f} times a bare spawn")

    await _measure(strategy, measure)


async def _cancels(strategy: str, target: str) -> None:
    async def measure(containment: Containment, folder: Path) -> None:
        took = [await _cancel(containment, folder) for _ in range(CANCELS)]
        median, worst = statistics.median(took) * 1000, max(took) * 1000
        words = f"{CANCELS} cancels, SIGKILL to empty: {median:6.1f} ms median, {worst:6.1f} ms at most{target}"
        print(f"{strategy:<16} {words}, {_count_survivors()} survivors (target 0)")

    await _measure(strategy, measure)


async def main() -> None:
    """Print the measured numbers beside their targets."""
    spent = [_bare() for _ in range(ROUNDS)]
    print(f"{'none':<16} {statistics.median(spent) / STEPS * 1000:7.3f} ms a step")
    await _cost("subreaper", "subreaper", SHELL)
    await _cost("cgroup", "cgroup", SHELL)
    if shutil.which("bwrap"):
        await _cost("cgroup + bwrap", "cgroup", (*SANDBOX, *SHELL))
    await _cancels("cgroup", " (target 20)")
    await _cancels("subreaper", "")


if __name__ == "__main__":
    trio.run(main)
