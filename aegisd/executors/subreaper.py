"""Containment by subreapers, for hosts where aegisd may keep no cgroups: aegisd's end of the spawner.

One spawner is started with aegisd; another one when it was killed, which does not touch the attempts that run: each has
its subreaper and a socket to it. An attempt whose subreaper was killed (a program of the same user can do that) is an
error. What it left is ended by the spawner, and by its marks when that one was killed too.
"""

import array
import logging
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Self, TypeVar

import trio

from aegisd.executors.command import Command, SpawnError, explain_refusal
from aegisd.executors.subreaper_attempt import SubreaperAttempt, Ticket, encode_request
from aegisd.programs import list_arguments

_log = logging.getLogger("aegisd.executors")

_PAUSE_S = 1.0
_PATIENCE_S = 30.0

_Attempt = TypeVar("_Attempt", bound=SubreaperAttempt)


class SubreaperContainment:
    """See `Containment`. Made by `open_subreapers`."""

    name = "subreaper"
    limits: frozenset[str] = frozenset()

    def __init__(self, *, outlives: bool = False) -> None:
        self._outlives = outlives
        self._spawner: _Spawner | None = None
        self._ready = trio.Event()
        self._last = 0
        self._tickets: dict[str, Ticket] = {}

    async def start(self, command: Command) -> SubreaperAttempt:
        """See `Containment`."""
        try:
            request = encode_request(command)
        except ValueError as error:
            raise SpawnError(explain_refusal(command, error)) from error
        return await self.begin(command, request, kind=SubreaperAttempt)

    async def begin(
        self,
        command: Command,
        request: bytes,
        *,
        kind: Callable[..., _Attempt],
        verb: str = "start",
        descriptors: tuple[int, ...] = (),
    ) -> _Attempt:
        """An attempt of `kind`, for which the spawner is told `verb` and given `descriptors` too. A spawner that was
        killed before it came to it is replaced, and asked again. Raises SpawnError."""
        with trio.move_on_after(_PATIENCE_S):
            while True:
                attempt = await self._try(command, request, kind, verb, descriptors)
                if attempt is not None:
                    return attempt
        message = f"cannot start {command.argv[0]}: the spawner does not answer"
        raise SpawnError(message)

    async def _try(
        self,
        command: Command,
        request: bytes,
        kind: Callable[..., _Attempt],
        verb: str,
        descriptors: tuple[int, ...],
    ) -> _Attempt | None:
        """The attempt that was begun; None when the spawner was killed before it came to it."""
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            raise SpawnError(explain_refusal(command, error)) from error
        self._last += 1
        name = str(self._last)
        ticket = self._tickets[name] = Ticket(name=name, kill=self._kill, forget=self._tickets.pop)
        attempt = kind(command, channel=ours, ticket=ticket)
        is_begun = False
        try:
            with theirs:
                await self._hand_over(f"{verb} {name}", theirs.fileno(), command.output_fd, *descriptors)
            is_begun = await attempt.begin(request)
        finally:
            if not is_begun:
                attempt.let_go()
        return attempt if is_begun else None

    async def keep_spawner(self, first: "_Spawner") -> None:
        """Have a spawner at all times, `first` to begin with."""
        spawner: _Spawner | None = first
        while True:
            try:
                with spawner or _Spawner(outlives=self._outlives) as self._spawner:
                    self._ready.set()
                    await self._listen(self._spawner.channel)
                _log.warning("the spawner was killed; another one is started")
                self._disown()
            except OSError as error:
                _log.error("no spawner can be started: %s", error)
                await trio.sleep(_PAUSE_S)
            spawner = None

    async def _listen(self, channel: socket.socket) -> None:
        """Hear of subreapers that were killed, until the spawner itself is gone."""
        while True:
            try:
                message = channel.recv(64)
            except BlockingIOError:
                await trio.lowlevel.wait_readable(channel)
                continue
            except OSError:
                return
            if not message:
                return
            _, _, name = message.decode().partition(" ")
            if name in self._tickets:
                self._tickets[name].told.set()

    def _disown(self) -> None:
        """The attempts that the killed spawner had forked have nobody any more who ends their orphans."""
        self._spawner, self._ready = None, trio.Event()
        for ticket in self._tickets.values():
            ticket.is_unwatched = True
            ticket.told.set()

    async def _hand_over(self, order: str, *descriptors: int) -> None:
        await self._ready.wait()
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        while self._spawner is not None:
            try:
                self._spawner.channel.sendmsg([order.encode()], ancillary)
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._spawner.channel)
                continue
            except OSError:
                return  # it was killed: the attempt's own socket says so
            return

    def _kill(self, name: str) -> None:
        if self._spawner is not None:
            with suppress(OSError):
                self._spawner.channel.send(f"kill {name}".encode())


class _Spawner:
    """A spawner that runs, until the block is left; one that `outlives` it goes after what it has started."""

    def __init__(self, *, outlives: bool) -> None:
        self._outlives = outlives
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - our own program
                list_arguments("spawner", str(theirs.fileno())),
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                cwd="/",
                env={},
                start_new_session=True,
            )
        except OSError:
            self.channel.close()
            raise
        finally:
            theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()
        if self._outlives:
            self._popen.returncode = self._popen.poll() or 0  # nobody waits for it
            return
        self._popen.kill()
        self._popen.wait()


@asynccontextmanager
async def open_subreapers(*, outlives: bool = False) -> AsyncIterator[SubreaperContainment]:
    """Containment by subreapers. The spawner of keepers `outlives` the block. Raises OSError when no spawner can be
    started."""
    containment, first = SubreaperContainment(outlives=outlives), _Spawner(outlives=outlives)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(containment.keep_spawner, first)
        yield containment
        nursery.cancel_scope.cancel()
