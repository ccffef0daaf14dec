"""A state directory with one life of aegisd after the other in it, whose programs go on in between."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import trio

from aegisd.executors.command import Command
from aegisd.executors.keepers import KeeperContainment, Terms, open_keepers
from aegisd.executors.local import LocalExecutor, LocalProcess
from aegisd.executors.opening import open_containment
from aegisd.executors.records import FOLDER
from tests.executors.kit import ENV

BOOT = "this-boot"
TERMS = Terms(timeout=60.0, grace=0.2)
NAME = "run-7.step-0.attempt-1"


class Place:
    """A state directory with one life of aegisd after the other in it; `output` is what all its programs wrote."""

    def __init__(self, folder: Path, strategy: str) -> None:
        self.folder = folder
        self.strategy = strategy
        self.output = folder / "output"

    @asynccontextmanager
    async def open(self, *, terms: Terms | None = TERMS, boot_id: str = BOOT) -> AsyncIterator[KeeperContainment]:
        """One life."""
        async with AsyncExitStack() as stack:
            inner = await stack.enter_async_context(
                open_containment(self.strategy, state_dir=self.folder, leaves_room=True)
            )
            keepers = open_keepers(inner, state_dir=self.folder, boot_id=boot_id, terms=terms)
            yield await stack.enter_async_context(keepers)

    async def leave(self, script: str, *, terms: Terms = TERMS) -> int:
        """A life in which `script` is started and left; returns its pid, which it has to write first."""
        async with self.open(terms=terms) as containment:
            await self.carry_out(containment, script, until=lambda: "\n" in self.read())
        return int(self.read().split()[0])

    async def carry_out(
        self, containment: KeeperContainment, script: str, *, until: Callable[[], bool], memo: str | None = "memo"
    ) -> LocalProcess:
        """Start `script` and leave it once `until`."""
        with self.command(script, memo=memo) as command:
            executor = LocalExecutor(containment=containment, grace=0.3)
            with trio.fail_after(60):
                async with executor.open_process(command, hurry=trio.Event()) as process:
                    await wait_until(until)
                    process.leave()
        return process

    async def take(self, containment: KeeperContainment, *, within: float = 60.0) -> LocalProcess:
        """Take the program over, and wait for its end for that long."""
        with self.command("", memo="memo", is_taken_over=True) as command:
            executor = LocalExecutor(containment=containment, grace=0.3)
            async with executor.open_process(command, hurry=trio.Event()) as process:
                with trio.move_on_after(within):
                    await process.wait()
        return process

    def read(self) -> str:
        """What was written so far."""
        return self.output.read_text() if self.output.exists() else ""

    def left(self) -> list[str]:
        """The files that are kept of attempts."""
        folder = self.folder / FOLDER
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def command(self, script: str, *, memo: str | None, is_taken_over: bool = False) -> "_Opened":
        """Of a line of shell, with its output open."""
        return _Opened(
            self.output,
            lambda fd: Command(
                argv=("/bin/sh", "-c", script),
                env={**ENV, "AEGIS_RUN_ID": f"7.{os.getpid()}"},
                dir=str(self.folder),
                output_fd=fd,
                name=NAME,
                memo=memo,
                is_taken_over=is_taken_over,
            ),
        )


class _Opened:
    def __init__(self, output: Path, make: Callable[[int], Command]) -> None:
        self._output = output
        self._make = make
        self._fd = -1

    def __enter__(self) -> Command:
        self._fd = os.open(self._output, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return self._make(self._fd)

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)


async def wait_until(ready: Callable[[], bool]) -> None:
    """Until that is so."""
    with trio.fail_after(60):
        while not ready():  # noqa: ASYNC110 - files and processes do not tell
            await trio.sleep(0.01)
