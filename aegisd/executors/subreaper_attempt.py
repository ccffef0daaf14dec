"""One attempt under a subreaper: orders and answers go over a socket, whose end is the end of all of it.

The subreaper knows best: what is told here is what it said last. The lines are in `programs/subreaper.py`.
"""

import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

import trio
from attrs import define, field

from aegisd.core.confinement import Usage
from aegisd.executors.command import Command, SpawnError, explain_refusal
from aegisd.executors.leftovers import find_marked
from aegisd.programs.descendants import signal_all
from aegisd.programs.subreaper import REQUEST

_BLOCK = 512
_MARK = "AEGIS_"
_PASS_S = 0.05
_ANSWER_S = 1.0
_LAST_S = 5.0


@define(eq=False, kw_only=True)
class Ticket:
    """An attempt as the spawner knows it. Once its subreaper was killed, `told` is set when nothing is left of it; it
    is also set when the spawner was killed (`is_unwatched`) and will not tell."""

    name: str
    kill: Callable[[str], None]
    forget: Callable[[str], object]
    told: trio.Event = field(factory=trio.Event)
    is_unwatched: bool = False


class SubreaperAttempt:
    """See `Held`."""

    def __init__(self, command: Command, *, channel: socket.socket, ticket: Ticket) -> None:
        channel.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._command = command
        self._channel = channel
        self._ticket = ticket
        self._buffer = b""
        self._pid: int | None = None
        self._refused: int | None = None
        self._status: int | None = None
        self._is_empty = False
        self._is_lost = False
        self._left: tuple[int, ...] | None = None
        self._found: set[int] = set()
        self._killed = 0
        self._usage = Usage()

    async def begin(self, request: bytes) -> bool:
        """Send the request and wait for the pid; raises SpawnError. False when nobody came to it, because the spawner
        was killed."""
        rest = memoryview(request)
        while rest and not self._is_lost:
            try:
                rest = rest[self._channel.send(rest) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._channel)
            except OSError:
                break
        while self._pid is None:
            if self._refused is not None:
                raise SpawnError(explain_refusal(self._command, OSError(self._refused, os.strerror(self._refused))))
            if self._is_lost:
                await self._ticket.told.wait()
                if self._ticket.is_unwatched:
                    return False
                message = f"cannot start {self._command.argv[0]}: the process that was to start it was killed"
                raise SpawnError(message)
            await self._hear()
        return True

    def let_go(self) -> None:
        """End of the lifeline: the subreaper kills whatever it still has."""
        self._ticket.forget(self._ticket.name)
        self._channel.close()

    @property
    def pid(self) -> int:
        """See `Held`."""
        return self._pid or 0

    @property
    def status(self) -> int | None:
        """See `Held`."""
        if self._status is None:
            self._read()
        return self._status

    @property
    def killed(self) -> int:
        """See `Held`."""
        return self._killed or len(self._found)

    async def wait(self) -> None:
        """See `Held`."""
        while self._status is None:
            if self._is_lost:
                message = f"{self._command.argv[0]} was lost: the process that held it together was killed"
                raise SpawnError(message)
            await self._hear()

    async def wait_empty(self) -> None:
        """See `Held`."""
        while not self.is_empty():
            if not self._is_lost:
                await self._hear()
            elif self._ticket.is_unwatched:
                await trio.sleep(_PASS_S)
            else:
                await self._ticket.told.wait()

    def is_empty(self) -> bool:
        """See `Held`."""
        if self._is_empty:
            return True
        self._read()
        if self._is_lost:
            self._is_empty = not self._find() if self._ticket.is_unwatched else self._ticket.told.is_set()
        return self._is_empty

    def terminate(self) -> None:
        """See `Held`."""
        self._send(b"T")

    def kill(self) -> None:
        """See `Held`. A subreaper goes on by itself once it was told."""
        self._send(b"K")
        if self._is_lost and self._ticket.is_unwatched:
            found = self._find()
            self._found |= found
            signal_all(sorted(found), signal.SIGKILL)

    async def list_left(self) -> tuple[int, ...]:
        """See `Held`. A subreaper that does not answer was stopped: the spawner takes its place."""
        self._send(b"L")
        with trio.move_on_after(_ANSWER_S):
            while self._left is None and not self._is_lost:
                await self._hear()
        if self._left is not None:
            return self._left
        self._ticket.kill(self._ticket.name)
        with trio.move_on_after(_LAST_S):
            await self.wait_empty()
        return () if self.is_empty() else (self.pid,)

    async def close(self) -> tuple[Usage, str | None]:
        """See `Held`."""
        self.let_go()
        return self._usage, None

    def detach(self) -> bool:
        """See `Held`."""
        return False

    def _find(self) -> set[int]:
        """What is left of an attempt that nobody holds any more, by its marks."""
        marks = {f"{name}={value}".encode() for name, value in self._command.env.items() if name.startswith(_MARK)}
        return find_marked(lambda variables: bool(marks) and marks <= variables)

    def _send(self, letter: bytes) -> None:
        with suppress(OSError):
            self._channel.send(letter)

    async def _hear(self) -> None:
        await trio.lowlevel.wait_readable(self._channel)
        self._read()

    def _read(self) -> None:
        """Take in what has been said."""
        while not self._is_lost:
            try:
                data = self._channel.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            self._is_lost = not data and not self._is_empty
            if not data:
                return
            *lines, self._buffer = (self._buffer + data).split(b"\n")
            for line in lines:
                self._take(*line.decode().split())

    def _take(self, word: str, *numbers: str) -> None:
        match word:
            case "pid":
                self._pid = int(numbers[0])
            case "refused":
                self._refused = int(numbers[0])
            case "ended":
                self._status = int(numbers[0])
            case "left":
                self._left = tuple(map(int, numbers))
            case "empty":
                self._is_empty = True
                self._killed = int(numbers[0])
                self._usage = _decode_usage(*numbers[1:])


def encode_request(command: Command) -> bytes:
    """`command` as a subreaper takes it. Raises ValueError for what no program can be given."""
    env = [f"{name}={value}" for name, value in command.env.items()]
    if any("=" in name or not name for name in command.env):
        message = "illegal environment variable name"
        raise ValueError(message)
    parts = [command.dir, *command.argv, *env]
    if any("\0" in part for part in parts):
        message = "embedded null byte"
        raise ValueError(message)
    body = b"\0".join(map(os.fsencode, parts))
    nice = command.confinement.nice
    return REQUEST.pack(len(body), len(command.argv), nice is not None, nice or 0) + body


def _decode_usage(*numbers: str) -> Usage:
    user, system, memory, read, written, yielded, preempted = numbers
    return Usage(
        user_s=round(float(user), 6),
        system_s=round(float(system), 6),
        memory_bytes=int(memory) * 1024 or None,
        read_bytes=int(read) * _BLOCK,
        written_bytes=int(written) * _BLOCK,
        yielded=int(yielded),
        preempted=int(preempted),
    )
