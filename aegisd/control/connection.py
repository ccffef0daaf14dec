"""One client, from its first call to its end. Calls are answered in order; nothing it does reaches another client."""

import logging

import trio

from aegisd.control.call import Call, Handler
from aegisd.control.dispatcher import Dispatcher
from aegisd.control.inbox import Inbox
from aegisd.control.limits import Limits
from aegisd.control.peer import Peer
from aegisd.control.replies import encode_error, encode_reply
from aegisd.control.request import Request, decode_request
from aegisd.control.sender import DisconnectedError, Sender
from aegisd.core.record import StoreError
from aegisd.wire.errors import CallError
from aegisd.wire.framing import FramingError

_log = logging.getLogger("aegisd.control")


class Connection:
    """The conversation with `peer`. A call that changes things is never cut short by the client's leaving."""

    def __init__(
        self, connection: trio.socket.SocketType, *, peer: Peer, dispatcher: Dispatcher, limits: Limits
    ) -> None:
        self._peer = peer
        self._dispatcher = dispatcher
        self._inbox = Inbox(connection, limits=limits)
        self._sender = Sender(connection, stalled_s=limits.stalled_s)
        self._stream: trio.CancelScope | None = None
        self._stopping = False
        self._gone = False

    async def serve(self) -> None:
        """Answer until the client leaves, breaks the rules or `stop` is called."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._inbox.run, self._end_stream)
            try:
                await self._answer_all()
            except (FramingError, DisconnectedError) as error:
                _log.debug("dropped %s (pid %d): %s", self._peer.name, self._peer.pid, error)
            nursery.cancel_scope.cancel()

    def stop(self) -> None:
        """End soon: a stream with its last reply, another call with its answer; calls that wait are not taken up."""
        self._stopping = True
        self._inbox.close()
        if self._stream is not None:
            self._stream.cancel()

    def _end_stream(self) -> None:
        self._gone = True
        if self._stream is not None:
            self._stream.cancel()

    async def _answer_all(self) -> None:
        while (frame := await self._inbox.next_frame()) is not None:
            request = decode_request(frame)
            reply = await self._answer(request)
            if not request.oneway:
                await self._sender.send(reply)

    async def _answer(self, request: Request) -> bytes:
        """The last reply, encoded."""
        try:
            handler, call = self._dispatcher.prepare(request, self._peer, send=self._sender.send)
            if handler.stream:
                return await self._run_stream(handler, call)
            return encode_reply(await handler.function(call))
        except CallError as error:
            return encode_error(error)
        except DisconnectedError:
            raise
        except StoreError as error:
            _log.error("%s of %s: %s", request.method, self._peer.name, error)
            return encode_error(CallError("StoreFailed", f"cannot read the history: {error}"))
        except Exception:  # noqa: BLE001 - a bug in a handler ends one call
            _log.exception("%s of %s failed, this is a bug", request.method, self._peer.name)
            message = f"aegisd could not answer {request.method.rpartition('.')[2]}: this is a bug"
            return encode_error(CallError("InternalError", message, hint="its log says where:  journalctl -u aegisd"))

    async def _run_stream(self, handler: Handler, call: Call) -> bytes:
        """Run a stream to its end, or until the client leaves or `stop` is called, which the last reply says."""
        last = encode_reply({"stopping": True})
        with trio.CancelScope() as self._stream:
            if self._stopping or self._gone:
                self._stream.cancel()
            last = encode_reply(await handler.function(call))
        self._stream = None
        if self._gone:
            message = "it left a stream"
            raise DisconnectedError(message)
        return last
