"""The sink `command`: a program for each event, with the event on its standard input, contained like a step's.

The executor gives a program no input, so the event is in a file and a shell opens that before it becomes the program.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import trio

from aegisd.config.sink_kinds import CommandKeys
from aegisd.config.subscription_keys import Subscription
from aegisd.executors.command import Command, SpawnError
from aegisd.sinks.base import Item, Sink, SinkError, Terms
from aegisd.sinks.surroundings import Surroundings, encode_line

_SHOWN = 1024


def open_command(subscription: Subscription, around: Surroundings) -> tuple[Sink, Terms]:
    """The sink of a subscription of the type `command`."""
    keys: CommandKeys = subscription.spec
    terms = Terms(
        max_concurrent=keys.max_concurrent,
        max_retries=keys.max_retries,
        retry_backoff=subscription.retry_backoff,
        timeout=keys.timeout,
    )
    return CommandSink(subscription.name, keys, around), terms


class CommandSink:
    """See the module. Its files are in `subscriptions/NAME` in the state directory."""

    def __init__(self, name: str, keys: CommandKeys, around: Surroundings) -> None:
        self._name = name
        self._keys = keys
        self._around = around
        self._folder = around.state_dir / "subscriptions" / name
        self._hurry = trio.Event()

    async def deliver(self, items: Sequence[Item]) -> None:
        """Run the program for the one event in `items` to its end; anything but exit 0 is a failure."""
        for item in items:
            await self._run(item)

    async def settle(self) -> None:
        """What the programs made of it is theirs."""

    def hasten(self) -> None:
        """Kill what has not ended by itself."""
        self._hurry.set()

    async def close(self) -> None:
        """Nothing is held open."""

    async def _run(self, item: Item) -> None:
        given, said = self._folder / f"{item.seq}.json", self._folder / f"{item.seq}.out"
        data = encode_line(self._around.epoch, item.seq, item.body) + b"\n"
        try:
            output_fd = await trio.to_thread.run_sync(_prepare, given, said, data)
        except OSError as error:
            message = f"cannot prepare {error.filename or self._folder}: {error.strerror or error}"
            raise SinkError(message) from error
        try:
            await self._execute(item, given, output_fd)
        finally:
            os.close(output_fd)
            for path in (given, said):
                with suppress(OSError):
                    path.unlink()

    async def _execute(self, item: Item, given: Path, output_fd: int) -> None:
        run = self._keys.run
        program = ("/bin/sh", "-c", run) if isinstance(run, str) else run
        command = Command(
            argv=("/bin/sh", "-c", 'exec "$@" <"$0"', str(given), *program),
            env={**self._around.environment, **self._keys.env, **self._describe(item)},
            dir=self._keys.dir or str(self._folder),
            output_fd=output_fd,
            name=f"subscription.event-{item.event.seq}",
        )
        try:
            async with self._around.executor.open_process(command, hurry=self._hurry) as process:
                await process.wait()
        except SpawnError as error:
            raise SinkError(str(error)) from error
        if process.signal is not None or process.exit_code != 0:
            ending = f"ended by {process.signal}" if process.signal else f"exit {process.exit_code}"
            raise SinkError(": ".join(filter(None, (ending, _read_end(output_fd)))))

    def _describe(self, item: Item) -> Mapping[str, str]:
        event = item.event
        about = {
            "AEGIS_SUBSCRIPTION": self._name,
            "AEGIS_EVENT_SEQ": str(event.seq),
            "AEGIS_EVENT_TYPE": event.type,
            "AEGIS_EVENT_RUN": "" if event.run is None else str(event.run),
            "AEGIS_EVENT_WORKFLOW": event.workflow or "",
            "AEGIS_EVENT_STEP": event.step or "",
        }
        return {name: value.replace("\0", "") for name, value in about.items() if value}


def _prepare(given: Path, said: Path, data: bytes) -> int:
    """The files of one attempt: the event, and what the program says, open for both."""
    flags = os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        fd = os.open(given, flags | os.O_WRONLY, 0o600)
    except FileNotFoundError:
        given.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        fd = os.open(given, flags | os.O_WRONLY, 0o600)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)
    return os.open(said, flags | os.O_RDWR | os.O_APPEND, 0o600)


def _read_end(fd: int) -> str:
    """The last line that the program wrote, cut."""
    size = os.fstat(fd).st_size
    start = max(0, size - _SHOWN)
    lines = os.pread(fd, size - start, start).decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else ""
