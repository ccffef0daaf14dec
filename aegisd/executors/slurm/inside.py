"""Short scripts of ours in an allocation: srun with bytes that go in and out, and an exit code that can be believed.

As with steps, srun's own exit status proves nothing: the script tells its code on stderr (`aegis-exit NAME CODE`), and
both have to agree. What goes in and out is moved by worker threads, since it comes from disks and goes to them.
"""

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress

import trio
from attrs import define, field

from aegisd.executors.packing import PackError
from aegisd.executors.slurm.allocations import Allocation
from aegisd.executors.slurm.client import SlurmClient, clean
from aegisd.executors.slurm.options import BEGUN, MARK, inside_options, read_code
from aegisd.executors.slurm.poller import Poller
from aegisd.executors.unpacking import UnpackError

TELL = f'printf "\\n{MARK} %s %s\\n" "$n" "$c" >&2; exit $c'
"""The end of each script: `n` is its name, `c` its exit code."""

_THREADS = 8
_PIECE = 256 * 1024
_ENDING_S = 5.0
_HUNG_S = 10.0
_LONGEST_STDERR = 64 * 1024


class CopyError(Exception):
    """It did not work; the message says what."""


@define(eq=False, kw_only=True)
class Script:
    """A script to run: `text` finds its name and `arguments` in `$@`. `feed` writes its stdin into a descriptor, `take`
    is given its stdout piece by piece; both block. `good` are the exit codes that are none of a failure."""

    name: str
    text: str
    arguments: tuple[str, ...] = ()
    feed: Callable[[int], None] | None = None
    take: Callable[[bytes], None] | None = None
    good: tuple[int, ...] = (0,)
    stderr: bytearray = field(factory=bytearray)
    fault: str = ""

    def read_told(self, status: int | None) -> int | None:
        """The code that the script has told and srun has left with."""
        told = read_code(self.stderr.decode(errors="replace"), self.name)
        return told if told == status else None

    def read_complaint(self) -> str:
        """What it said beside that."""
        lines = self.stderr.decode(errors="replace").splitlines()
        return clean("\n".join(line for line in lines if not line.startswith((MARK, BEGUN))))


class Inside:
    """See the module."""

    def __init__(self, client: SlurmClient, poller: Poller) -> None:
        self._client = client
        self._poller = poller
        self._threads = trio.CapacityLimiter(_THREADS)

    async def open(self, allocation: Allocation, script: Script, *, stdin: int, stdout: int) -> trio.Process:
        """Start a script. Raises CopyError."""
        words = ("/bin/sh", "-c", script.text, "aegis-copy", script.name, *script.arguments)
        argv = [
            self._client.locate("srun"),
            "-Q",
            *inside_options(allocation.id or "", script.name),
            "-c",
            "1",
            "--",
            *words,
        ]
        try:
            with trio.CancelScope(shield=True):
                process = await trio.lowlevel.open_process(
                    argv,
                    stdin=stdin,
                    stdout=stdout,
                    stderr=subprocess.PIPE,
                    env=self._client.environment,
                    cwd="/",
                    start_new_session=True,
                )
        except OSError as error:
            message = f"cannot start {argv[0]}: {error.strerror}"
            raise CopyError(message) from error
        return process

    async def run(self, allocation: Allocation, script: Script) -> None:
        """Run a script to its end; one that is cancelled is ended. Raises CopyError."""
        source, target = os.pipe() if script.feed is not None else (subprocess.DEVNULL, -1)
        stdout = subprocess.PIPE if script.take is not None else subprocess.DEVNULL
        try:
            process = await self.open(allocation, script, stdin=source, stdout=stdout)
        except BaseException:
            if target >= 0:
                os.close(target)
            raise
        finally:
            if source >= 0:
                os.close(source)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._wait_lost, allocation, script, nursery.cancel_scope)
            async with trio.open_nursery() as inner:
                inner.start_soon(_watch, process)
                inner.start_soon(read_stderr, process, script)
                if script.feed is not None:
                    inner.start_soon(self._feed, script, target, inner.cancel_scope)
                if script.take is not None:
                    inner.start_soon(self._take, script, process, inner.cancel_scope)
            nursery.cancel_scope.cancel()
        if script.fault:
            raise CopyError(script.fault)
        if script.read_told(process.returncode) not in script.good:
            raise CopyError(script.read_complaint() or f"srun left with {process.returncode}")

    async def _wait_lost(self, allocation: Allocation, script: Script, scope: trio.CancelScope) -> None:
        """A srun that does not notice the end of its allocation is not waited for."""
        while True:
            await self._poller.wait_turn()
            record = self._poller.records.get(allocation.name)
            if record is not None and record.id == allocation.id and record.is_over:
                await trio.sleep(_HUNG_S)
                script.fault = f"its allocation ended ({record.state})"
                scope.cancel()

    async def _feed(self, script: Script, target: int, scope: trio.CancelScope) -> None:
        """What goes in. That nobody reads it any more says the script itself, better."""
        try:
            if script.feed is not None:
                await trio.to_thread.run_sync(script.feed, target, limiter=self._threads)
        except PackError as error:
            script.fault = str(error)
            scope.cancel()
        except OSError:
            await trio.lowlevel.checkpoint()
        finally:
            os.close(target)

    async def _take(self, script: Script, process: trio.Process, scope: trio.CancelScope) -> None:
        try:
            while process.stdout is not None and (piece := await process.stdout.receive_some(_PIECE)):
                if script.take is not None:
                    await trio.to_thread.run_sync(script.take, bytes(piece), limiter=self._threads)
        except UnpackError as error:
            script.fault = str(error)
            scope.cancel()
        finally:
            if process.stdout is not None:
                with trio.CancelScope(shield=True):
                    await process.stdout.aclose()


async def read_stderr(process: trio.Process, script: Script) -> None:
    """What srun and the script say, to its end. Of more than fits, the last is kept."""
    if process.stderr is not None:
        async with process.stderr:
            async for piece in process.stderr:
                script.stderr += piece
                del script.stderr[:-_LONGEST_STDERR]


async def _watch(process: trio.Process) -> None:
    """Until srun has ended. On SIGTERM it ends its step at once."""
    try:
        await process.wait()
    finally:
        await end_srun(process)


async def end_srun(process: trio.Process) -> None:
    """End it, if it has not ended."""
    with trio.CancelScope(shield=True):
        if process.returncode is None:
            process.terminate()
            with trio.move_on_after(_ENDING_S):
                await process.wait()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # srun is two processes
            await process.wait()
