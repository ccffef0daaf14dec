"""Commands to test executors with, and what the kernel says of processes."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from attrs import define, field

from aegisd.core.confinement import UNCONFINED, Confinement
from aegisd.executors.cgroups import NoCgroups, find_cgroups
from aegisd.executors.command import Command
from aegisd.executors.containment import Containment
from aegisd.executors.local import LocalExecutor, LocalProcess
from aegisd.executors.opening import open_containment

ENV = {"PATH": os.environ["PATH"]}
STRATEGIES = ("cgroup", "subreaper")


@asynccontextmanager
async def open_strategy(name: str, state_dir: Path) -> AsyncIterator[Containment]:
    """The strategy of that name; without cgroups the test is skipped, and says why."""
    skip_without(name)
    async with open_containment(name, state_dir=state_dir) as containment:
        yield containment


def skip_without(strategy: str) -> None:
    """Skip a test whose strategy this host does not have."""
    found = find_cgroups()
    if strategy == "cgroup" and isinstance(found, NoCgroups):
        pytest.skip(f"NOT TESTED HERE: containment by cgroups ({found.reason}; {found.fix})")


@define(kw_only=True)
class Bench:
    """Runs commands in `folder`; their output goes to a file there. `last` is the one that was started last."""

    folder: Path
    containment: Containment
    grace: float = 0.3
    hurry: trio.Event = field(factory=trio.Event)
    confinement: Confinement = UNCONFINED
    last: LocalProcess | None = None

    @property
    def executor(self) -> LocalExecutor:
        """What runs them."""
        return LocalExecutor(containment=self.containment, grace=self.grace)

    async def run(self, *argv: str, env: Mapping[str, str] = ENV, dir: str | None = None) -> LocalProcess:
        """Run a command to its end."""
        fd = self._open_output()
        where = dir or str(self.folder)
        try:
            command = Command(argv=argv, env=env, dir=where, output_fd=fd, confinement=self.confinement)
            async with self.executor.open_process(command, hurry=self.hurry) as process:
                self.last = process
                await process.wait()
            return process
        finally:
            os.close(fd)

    async def shell(self, script: str, env: Mapping[str, str] = ENV) -> LocalProcess:
        """Run a line of shell to its end."""
        return await self.run("/bin/sh", "-c", script, env=env)

    def output(self) -> str:
        """What the commands have written so far."""
        path = self.folder / "output"
        return path.read_text() if path.exists() else ""

    async def wait_lines(self, count: int) -> list[str]:
        """Until there are `count` whole lines of output."""
        with trio.fail_after(10):
            while self.output().count("\n") < count:  # noqa: ASYNC110 - a file does not tell
                await trio.sleep(0.01)
        return self.output().splitlines()

    def _open_output(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        return os.open(self.folder / "output", flags, 0o600)


def is_alive(pid: int) -> bool:
    """Whether process `pid` is there and not a zombie; one whose first thread has ended is not yet."""
    try:
        text = Path("/proc", str(pid), "stat").read_text(errors="replace")
    except OSError:
        return False
    fields = text[text.rindex(")") + 2 :].split()
    return fields[0] not in "ZX" or int(fields[17]) > 1


async def is_gone(pid: int, *, within: float = 0.0) -> bool:
    """Whether process `pid` ends in `within` seconds; it may still have to be reaped."""
    with trio.move_on_after(within):
        while is_alive(pid):  # noqa: ASYNC110 - the kernel tells only when asked
            await trio.sleep(0.01)
    return not is_alive(pid)


def children() -> set[int]:
    """The children of this process, zombies too."""
    found: set[int] = set()
    for path in Path("/proc/self/task").glob("*/children"):
        found |= {int(pid) for pid in path.read_text().split()}
    return found


def count_files() -> int:
    """The open file descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))
