"""Serves the control socket: takes clients in, within limits, and gives each its own task and boundary."""

import errno
import logging
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import trio

from aegisd.control.connection import Connection
from aegisd.control.dispatcher import Dispatcher
from aegisd.control.identity import Identities, read_credentials
from aegisd.control.limits import Limits
from aegisd.control.operators import resolve_operators
from aegisd.control.replies import encode_error
from aegisd.control.seats import Seats
from aegisd.wire.errors import CallError

if TYPE_CHECKING:
    from aegisd.daemon import Daemon

_log = logging.getLogger("aegisd.control")

_ROOT = 0
_LOG_EVERY_S = 60.0
_PAUSE_S = 0.1
_REFUSED = 16
_FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


async def serve_control(
    daemon: "Daemon",
    *,
    listener: trio.SocketListener,
    operators: tuple[str, ...],
    version: str,
    limits: Limits | None = None,
    wall: Callable[[], float] = time.time,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled. Then nobody is taken in, streams get their last reply and calls in hand their answer."""
    privileged = frozenset({_ROOT, os.geteuid()})
    resolved = await resolve_operators(operators, always=privileged)
    dispatcher = Dispatcher(daemon, version=version, operators=resolved, wall=wall)
    server = _Server(listener, dispatcher=dispatcher, limits=limits or Limits(), privileged=privileged)
    async with trio.open_nursery() as nursery:
        accepting = await nursery.start(server.run)
        task_status.started()
        try:
            await trio.sleep_forever()
        finally:
            accepting.cancel()


class _Server:
    def __init__(
        self,
        listener: trio.SocketListener,
        *,
        dispatcher: Dispatcher,
        limits: Limits,
        privileged: frozenset[int],
    ) -> None:
        self._listener = listener
        self._dispatcher = dispatcher
        self._limits = limits
        self._identities = Identities()
        self._seats = Seats(limits, privileged=privileged)
        self._connections: set[Connection] = set()
        self._refused = 0
        self._logged = -_LOG_EVERY_S

    async def run(self, *, task_status: trio.TaskStatus[trio.CancelScope]) -> None:
        """Accept until the scope that is handed out is cancelled, then let everyone finish for the time of grace."""
        async with trio.open_nursery() as nursery:
            nursery.cancel_scope.shield = True
            with trio.CancelScope() as accepting:
                task_status.started(accepting)
                while True:
                    connection = await self._accept()
                    nursery.start_soon(self._serve, connection)
            nursery.cancel_scope.deadline = trio.current_time() + self._limits.grace_s
            for known in self._connections:
                known.stop()

    async def _accept(self) -> trio.SocketStream:
        while True:
            try:
                return await self._listener.accept()
            except OSError as error:
                await self._pause(error)

    async def _pause(self, error: OSError) -> None:
        """Nothing can be accepted now: wait for others to leave, and do not fill the log with it."""
        if trio.current_time() >= self._logged + _LOG_EVERY_S:
            self._logged = trio.current_time()
            _log.error("cannot accept clients of the control socket now: %s", error)
        await trio.sleep(_PAUSE_S if error.errno in _FULL else 0)

    async def _serve(self, stream: trio.SocketStream) -> None:
        """The boundary: whatever goes wrong with a client ends here."""
        async with stream:
            try:
                uid = read_credentials(stream.socket)[1]
                if self._seats.take(uid):
                    await self._converse(stream, uid)
                else:
                    await self._refuse(stream)
            except OSError as error:
                _log.debug("a client went away: %s", error)
            except Exception:  # noqa: BLE001 - the boundary
                _log.exception("a connection failed, this is a bug")

    async def _converse(self, stream: trio.SocketStream, uid: int) -> None:
        try:
            peer = await self._identities.identify(stream.socket)
            connection = Connection(stream.socket, peer=peer, dispatcher=self._dispatcher, limits=self._limits)
            self._connections.add(connection)
            try:
                await connection.serve()
            finally:
                self._connections.remove(connection)
        finally:
            self._seats.give_back(uid)

    async def _refuse(self, stream: trio.SocketStream) -> None:
        """Say why; a few are given the time to read it, which they do after they have sent their call."""
        refusal = CallError("TooManyConnections", "aegisd has too many clients now", hint="try again later")
        if self._refused >= _REFUSED:
            return
        self._refused += 1
        try:
            with trio.move_on_after(self._limits.grace_s):
                await stream.send_all(encode_error(refusal))
                await stream.receive_some()
        except trio.BrokenResourceError:
            pass
        finally:
            self._refused -= 1
