"""Sandboxes for tests: skips loudly where there can be none, and runs commands in one as aegisd does."""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from attrs import define, field

from aegisd.core.confinement import Confinement
from aegisd.executors.command import Command, SpawnError
from aegisd.executors.confined import ConfinedExecutor
from aegisd.executors.local import LocalExecutor, LocalProcess
from aegisd.executors.opening import open_containment
from aegisd.executors.sandbox import Secrets
from aegisd.executors.trial import find_sandbox_obstacle

SANDBOX_OBSTACLE = find_sandbox_obstacle(network=False)

PYTHON = os.path.realpath(sys.executable)
"""A program that a sandbox shows, also when the environment of the tests is in a folder that it hides (/tmp)."""

needs_sandbox = pytest.mark.skipif(
    SANDBOX_OBSTACLE is not None,
    reason=f"NO SANDBOX HERE, NOTHING OF IT IS TESTED: {SANDBOX_OBSTACLE and SANDBOX_OBSTACLE.reason}",
)


@asynccontextmanager
async def open_executor(state_dir: Path) -> AsyncIterator[LocalExecutor]:
    """What sandboxes are put in front of."""
    async with open_containment("auto", state_dir=state_dir) as containment:
        yield LocalExecutor(containment=containment, grace=0.3)


@define(kw_only=True)
class SandboxBench:
    """Runs commands in sandboxes; `folder` is the state directory, with a workspace per run in it."""

    folder: Path
    secrets: tuple[str, ...] = ()
    outputs: int = 0
    hurry: trio.Event = field(factory=trio.Event)

    @property
    def workspace(self) -> Path:
        """The workspace of run 1."""
        path = self.folder / "runs" / "1" / "workspace"
        path.mkdir(parents=True, exist_ok=True)
        return path

    async def run(
        self,
        *argv: str,
        network: bool = True,
        env: Mapping[str, str] | None = None,
        dir: Path | None = None,
        writes: Path | None = None,
        reads: tuple[str, ...] = (),
    ) -> LocalProcess:
        """Run a command in a sandbox to its end."""
        secrets = Secrets(paths=(str(self.folder), *self.secrets))
        self.outputs += 1
        fd = os.open(self._output, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            command = Command(
                argv=argv,
                env={"PATH": os.environ["PATH"], **(env or {})},
                dir=str(dir or self.workspace),
                output_fd=fd,
                confinement=Confinement(sandbox="bwrap", network=network),
                writes=(str(writes or self.workspace),),
                reads=reads,
            )
            refusal: SpawnError | None = None
            async with open_executor(self.folder) as inner:
                executor = ConfinedExecutor(inner, secrets=secrets, find_obstacles=lambda _: {})
                try:
                    async with executor.open_process(command, hurry=self.hurry) as process:
                        await process.wait()
                except SpawnError as error:
                    refusal = error  # which a nursery would put into a group
            if refusal is not None:
                raise refusal
            return process
        finally:
            os.close(fd)

    async def shell(self, script: str, **options: object) -> str:
        """The output of a line of shell."""
        await self.run("/bin/sh", "-c", script, **options)  # type: ignore[arg-type]
        return self.output()

    def output(self) -> str:
        """What the last command has written."""
        return self._output.read_text()

    @property
    def _output(self) -> Path:
        return self.folder / f"output-{self.outputs}"
