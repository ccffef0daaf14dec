"""Serves an ASGI app to the clients of listening sockets, within limits; each client has its own task and boundary."""

import errno
import logging
import socket
from collections.abc import Callable

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework

from aegis_web.connection import Connection
from aegis_web.http1 import encode_problem
from aegis_web.limits import Limits
from aegis_web.tls import Certificates, secure

_log = logging.getLogger("aegisd.web")

_LOG_EVERY_S = 60.0
_PAUSE_S = 0.1
_FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_MESSAGE_BYTES = 64 * 1024


async def serve_http(
    app: ASGIFramework,
    *,
    listeners: list[trio.SocketListener],
    limits: Limits,
    certificates: Certificates | None = None,
    on_close: Callable[[], None] = lambda: None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled; raises RuntimeError should it end by itself.

    Then nobody is taken in any more, and what is in hand has the time of grace; `on_close` tells the app when that
    begins. Where `certificates` want it, TLS is spoken, but not at Unix sockets.
    """
    server = _Server(app, limits=limits, certificates=certificates)
    accepting = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        try:
            nursery.start_soon(server.run, listeners, accepting)  # `start` would wait for it here, also when cancelled
            task_status.started()
            await server.ended.wait()
        finally:
            on_close()
            accepting.cancel()
    message = "the HTTP server ended by itself"
    raise RuntimeError(message)


class _Server:
    def __init__(self, app: ASGIFramework, *, limits: Limits, certificates: Certificates | None) -> None:
        self._app = ASGIWrapper(app)
        self._limits = limits
        self._certificates = certificates
        self._greeting = 0
        self._config = _configure(limits)
        self._context = WorkerContext(None)
        self._connections: set[Connection] = set()
        self._logged = -_LOG_EVERY_S
        self.ended = trio.Event()

    async def run(self, listeners: list[trio.SocketListener], accepting: trio.CancelScope) -> None:
        """Accept until the scope `accepting` is cancelled, then let everyone finish for the time of grace."""
        async with trio.open_nursery() as nursery:
            nursery.cancel_scope.shield = True
            with accepting:
                async with trio.open_nursery() as acceptors:
                    for listener in listeners:
                        acceptors.start_soon(self._accept_from, listener, nursery)
            nursery.cancel_scope.deadline = trio.current_time() + self._limits.grace_s
            await self._context.terminated.set()
            for connection in list(self._connections):
                connection.stop()
        self.ended.set()

    async def _accept_from(self, listener: trio.SocketListener, nursery: trio.Nursery) -> None:
        while True:
            try:
                stream = await listener.accept()
            except OSError as error:
                await self._pause(error)
            else:
                nursery.start_soon(self._serve, stream)

    async def _pause(self, error: OSError) -> None:
        """Nothing can be accepted now: wait for others to leave, and do not fill the log with it."""
        if trio.current_time() >= self._logged + _LOG_EVERY_S:
            self._logged = trio.current_time()
            _log.error("cannot accept clients over HTTP now: %s", error)
        await trio.sleep(_PAUSE_S if error.errno in _FULL else 0)

    async def _serve(self, stream: trio.SocketStream) -> None:
        if len(self._connections) >= self._limits.connections and not self._make_room():
            await _turn_away(stream)
            return
        secured = await self._secure(stream)
        if secured is None:
            await trio.aclose_forcefully(stream)
            return
        connection = Connection(secured, app=self._app, config=self._config, context=self._context, limits=self._limits)
        self._connections.add(connection)
        try:
            await connection.serve()
        except (trio.Cancelled, BaseExceptionGroup):
            if trio.current_effective_deadline() == float("-inf"):
                raise
            _log.exception("a connection failed, this is a bug")  # nobody has cancelled it: it must not cancel others
        finally:
            self._connections.discard(connection)

    async def _secure(self, stream: trio.SocketStream) -> trio.SocketStream | trio.SSLStream[trio.SocketStream] | None:
        """The connection as it is talked to; None when it is not."""
        certificates = self._certificates
        if certificates is None or stream.socket.family == socket.AF_UNIX or not certificates.is_wanted:
            return stream
        if self._greeting >= self._limits.connections:
            return None
        self._greeting += 1
        try:
            return await secure(stream, certificates, limits=self._limits)
        finally:
            self._greeting -= 1

    def _make_room(self) -> bool:
        """Drop the client that has let us wait for longest, if one does."""
        waiting = [(since, each) for each in self._connections if (since := each.waits_since) is not None]
        if not waiting:
            return False
        _, oldest = min(waiting, key=lambda pair: pair[0])
        self._connections.discard(oldest)
        oldest.drop()
        return True


def _configure(limits: Limits) -> Config:
    config = Config()
    config.accesslog = None
    config.errorlog = _log
    config.include_server_header = False
    config.h11_max_incomplete_size = limits.header_bytes
    config.websocket_max_message_size = _MESSAGE_BYTES
    config.websocket_ping_interval = None
    return config


async def _turn_away(stream: trio.SocketStream) -> None:
    body = encode_problem(503, "aegisd has too many clients now")
    head = (
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
    )
    async with stream:
        try:
            with trio.move_on_after(_PAUSE_S):
                await stream.send_all(head.encode() + body)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
