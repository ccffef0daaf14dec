"""One client of the HTTP door: the place of hypercorn's TCPServer, for what that cannot be trusted with under Trio.

- Whatever one connection raises ends here. (Stock: one hostile request ends every task of the process.)
- A reader of its own notices a client that leaves while the app does not read.
- Sends are shielded, so that a cancelled task leaves no half message, but each has an end.
- Closing is asked for and done by the connection's own task: an app task that is cancelled by the end of its answer
  cannot forget to close, and none waits for room in its own queue.
- Every state but the answering of a request has a deadline.
"""

import logging
from enum import Enum, auto

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from hypercorn.utils import parse_socket_addr

from aegis_web.http1 import Http1, Pause, Refusal
from aegis_web.limits import Limits

_log = logging.getLogger("aegisd.web")

_CHUNK = 16 * 1024
_PIECE = 64 * 1024
_AHEAD = 4  # chunks that are read before the app takes them
_HALF_CLOSED_S = 1.0


class _Phase(Enum):
    IDLE = auto()
    HEADER = auto()
    BODY = auto()
    ANSWER = auto()


class Connection:
    """See the module. `serve` returns when the client is gone; it raises nothing but cancellations."""

    def __init__(
        self,
        stream: trio.SocketStream | trio.SSLStream[trio.SocketStream],
        *,
        app: ASGIWrapper,
        config: Config,
        context: WorkerContext,
        limits: Limits,
    ) -> None:
        self._stream = stream
        self._transport: trio.SocketStream = stream.transport_stream if isinstance(stream, trio.SSLStream) else stream
        self._app = app
        self._config = config
        self._context = context
        self._limits = limits
        self._lock = trio.Lock()
        self._talking = trio.CancelScope()
        self._sending: trio.CancelScope | None = None
        self._phase = _Phase.IDLE
        self._since = trio.current_time()
        self._taken = 0
        self._broken = False
        self._eof = False

    @property
    def waits_since(self) -> float | None:
        """Since when it waits for a request or the rest of its headers (Trio's clock); None while it serves one."""
        return self._since if self._phase in {_Phase.IDLE, _Phase.HEADER} else None

    def stop(self) -> None:
        """The door closes: an idle client goes at once, a send that hangs has the time of grace."""
        if self._phase in {_Phase.IDLE, _Phase.HEADER}:
            self._talking.cancel()
        self._hasten()

    def _hasten(self) -> None:
        """A send that hangs has the time of grace."""
        if self._sending is not None:
            self._sending.deadline = min(self._sending.deadline, trio.current_time() + self._limits.grace_s)

    def drop(self) -> None:
        """End it now."""
        self._talking.cancel()

    async def serve(self) -> None:
        """Answer requests until one side has enough."""
        try:
            async with trio.open_nursery() as nursery:
                await self._serve(nursery)
        except OSError as error:
            _log.debug("a client went away: %s", error)
        except BaseExceptionGroup as error:
            ours, cancelled = error.split(Exception)
            if ours is not None:
                _log.error("a connection failed, this is a bug", exc_info=ours)
            if cancelled is not None:
                raise cancelled from None
        except Exception:  # noqa: BLE001 - the boundary
            _log.exception("a connection failed, this is a bug")
        finally:
            await trio.aclose_forcefully(self._stream)

    async def _serve(self, apps: trio.Nursery) -> None:
        group = TaskGroup()
        group._nursery = apps  # noqa: SLF001 - entered itself, it lets cancellations out that end with its nursery
        sock = self._transport.socket
        client = parse_socket_addr(sock.family, sock.getpeername())
        server = parse_socket_addr(sock.family, sock.getsockname())
        state = ConnectionState({})
        tls = isinstance(self._stream, trio.SSLStream)
        protocol = Http1(self._app, self._config, self._context, group, state, tls, client, server, self._handle_sent)
        protocol.limits = self._limits
        protocol.can_read = Pause(lambda: self._enter(_Phase.ANSWER))
        self._enter(_Phase.IDLE)
        with self._talking:
            async with trio.open_nursery() as nursery:
                send, receive = trio.open_memory_channel[bytes](_AHEAD)
                nursery.start_soon(self._read, send)
                await self._feed(protocol, receive)
                nursery.cancel_scope.cancel()
        await self._end(protocol, apps)

    async def _read(self, send: trio.MemorySendChannel[bytes]) -> None:
        """Take bytes in; the end of them ends the connection, also when the app is not done with what came before."""
        async with send:
            while not self._eof:
                try:
                    data = await self._stream.receive_some(_CHUNK)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    self._broken, data = True, b""
                if not data:
                    self._eof = True
                    break
                self._note_bytes(len(data))
                with trio.move_on_after(self._limits.stuck_s) as waiting:
                    await send.send(bytes(data))
                if waiting.cancelled_caught:
                    break
        if not self._broken:
            await trio.sleep(_HALF_CLOSED_S)
        self._talking.cancel()

    async def _feed(self, protocol: Http1, receive: trio.MemoryReceiveChannel[bytes]) -> None:
        async with receive:
            async for data in receive:
                try:
                    await protocol.handle(RawData(data))
                except Refusal as refusal:
                    await protocol.refuse(refusal.status, refusal.detail)
                    return
                except Exception as error:  # noqa: BLE001 - hypercorn lets some bad bytes through as any exception
                    _log.debug("a client sent what cannot be read: %r", error)
                    if protocol.can_refuse:
                        await protocol.refuse(400, "this request cannot be read")
                    return
                if self._phase is _Phase.BODY and not protocol.awaits_body:
                    self._enter(_Phase.ANSWER)

    async def _end(self, protocol: Http1, apps: trio.Nursery) -> None:
        """Say what has to be said, tell the app, and close without throwing away the last answer."""
        if self._phase in {_Phase.HEADER, _Phase.BODY} and not self._eof and protocol.can_refuse:
            await protocol.refuse(408, "the request did not arrive in time")
        apps.cancel_scope.deadline = trio.current_time() + self._limits.linger_s
        self._hasten()
        with trio.move_on_after(self._limits.grace_s):
            await protocol.handle(Closed())
        await self._linger()

    async def _linger(self) -> None:
        """Closing while bytes come in would reset the connection, and the client might lose what it was told."""
        if self._broken or self._context.terminated.is_set():
            return
        try:
            async with self._lock:
                self._broken = True
                await self._transport.send_eof()
            with trio.move_on_after(self._limits.linger_s):
                while not self._eof:
                    self._eof = not await self._transport.receive_some(_PIECE)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    async def _handle_sent(self, event: Event) -> None:
        """What the protocol has for us: bytes, the wish to close, and whether a request is in hand."""
        if isinstance(event, RawData):
            await self._send(event.data)
        elif isinstance(event, Closed):
            self._talking.cancel()
        elif isinstance(event, Updated):
            self._enter(_Phase.IDLE if event.idle else _Phase.BODY)

    async def _send(self, data: bytes) -> None:
        async with self._lock:
            for start in range(0, len(data), _PIECE):
                if self._broken:
                    return
                most = self._limits.grace_s if self._context.terminated.is_set() else self._limits.send_s
                with trio.CancelScope(shield=True, deadline=trio.current_time() + most) as self._sending:
                    try:
                        await self._stream.send_all(data[start : start + _PIECE])
                    except (trio.BrokenResourceError, trio.ClosedResourceError):
                        self._broken = True
                if self._sending.cancelled_caught:
                    self._broken = True
                self._sending = None
                if self._broken:
                    self._talking.cancel()

    def _note_bytes(self, count: int) -> None:
        if self._phase is _Phase.IDLE:
            self._enter(_Phase.HEADER)
        elif self._phase is _Phase.BODY:
            self._taken += count
            self._set_deadline()

    def _enter(self, phase: _Phase) -> None:
        self._phase, self._since, self._taken = phase, trio.current_time(), 0
        if phase is _Phase.IDLE and self._context.terminated.is_set():
            self._talking.cancel()
        self._set_deadline()

    def _set_deadline(self) -> None:
        limits = self._limits
        allowed = {
            _Phase.IDLE: limits.idle_s,
            _Phase.HEADER: limits.header_s,
            _Phase.BODY: limits.body_s + self._taken / limits.body_floor,
            _Phase.ANSWER: float("inf"),
        }
        self._talking.deadline = self._since + allowed[self._phase]
