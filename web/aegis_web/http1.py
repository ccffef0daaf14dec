"""HTTP/1.1 as hypercorn speaks it, behind a gate: what may become a request at all, and how a refusal looks.

HTTP/2 is not spoken. An `Upgrade: h2c` is passed over, as RFC 9110 (7.8) allows, and the preface of HTTP/2 is a request
of a version that is refused. Browsers use HTTP/2 over TLS only, and proxies speak HTTP/1.1 to what is behind them.
"""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus

import h11
from hypercorn.events import Closed, RawData
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.worker_context import EventWrapper
from hypercorn.typing import H11SendableEvent

from aegis_web.hosts import host_name
from aegis_web.limits import Limits

_log = logging.getLogger("aegisd.web")

_OTHER_NAMES = {413: "Content Too Large", 422: "Unprocessable Content"}  # RFC 9110; older Pythons have older ones


class Refusal(Exception):  # noqa: N818 - an answer
    """The bytes of a client do not become a request."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Pause(EventWrapper):
    """What a protocol waits on with the next request while it answers one; tells when that begins."""

    def __init__(self, begins: Callable[[], None]) -> None:
        super().__init__()
        self._begins = begins

    async def clear(self) -> None:
        """The client has sent its next request ahead."""
        await super().clear()
        self._begins()


class Http1(H11Protocol):
    """One connection. After `refuse` nothing of the app reaches the client any more."""

    limits: Limits
    is_over = False

    @property
    def can_refuse(self) -> bool:
        """Whether no answer to the present request has begun."""
        below = getattr(self.connection, "h11_connection", self.connection)  # a WebSocket's wraps another
        return below.our_state in {h11.IDLE, h11.SEND_RESPONSE} and not self.is_over

    @property
    def awaits_body(self) -> bool:
        """Whether the client still sends the body of the present request."""
        return self.connection.their_state is h11.SEND_BODY

    async def refuse(self, status: int, detail: str) -> None:
        """Answer with a problem (RFC 9457), after which the connection must be closed."""
        body = encode_problem(status, detail)
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
            *self.config.response_headers("h11"),
        ]
        await self._send_h11_event(h11.Response(status_code=status, headers=headers))
        await self._send_h11_event(h11.Data(data=body))
        await self._send_h11_event(h11.EndOfMessage())
        self.is_over = True

    async def _send_h11_event(self, event: H11SendableEvent) -> None:
        """Nothing, once it is over; an answer that does not fit what the client sent ends the connection."""
        if self.is_over:
            return
        try:
            data = self.connection.send(event)
        except h11.LocalProtocolError as error:
            _log.debug("an answer does not fit its request: %s", error)
            self.is_over = True
            await self.send(Closed())
        else:
            await self.send(RawData(data=data or b""))

    async def _send_error_response(self, status_code: int) -> None:
        """What h11 could not read."""
        await self.refuse(status_code, _explain(status_code))

    async def _check_protocol(self, event: h11.Request) -> None:
        """The gate; raises Refusal."""
        limits, target = self.limits, event.target
        if event.http_version not in {b"1.1", b"1.0"}:
            raise Refusal(505, "this server speaks HTTP/1.1")
        if len(target) > limits.target_bytes:
            raise Refusal(414, f"the URL is longer than {limits.target_bytes} bytes")
        if not target.startswith(b"/"):
            raise Refusal(400, "the target of a request begins with /")
        host = next((value for name, value in event.headers if name == b"host"), None)
        if host is not None and host_name(host.decode("latin-1")) is None:
            raise Refusal(400, "the Host header is not the name of a host")
        if sum(len(name) + len(value) + 4 for name, value in event.headers) > limits.header_bytes:
            raise Refusal(431, _explain(431))
        framing = {name: value for name, value in event.headers if name in {b"content-length", b"transfer-encoding"}}
        if len(framing) == 2:
            raise Refusal(400, "a request has Content-Length or Transfer-Encoding, not both")
        if int(framing.get(b"content-length", 0)) > limits.body_bytes:
            raise Refusal(413, f"a body has at most {limits.body_bytes} bytes")


def encode_problem(status: int, detail: str, **more: object) -> bytes:
    """A problem (RFC 9457) as JSON, with the members of `more` that are not None."""
    extra = {name: value for name, value in more.items() if value is not None}
    return json.dumps({"title": name_status(status), "status": status, "detail": detail, **extra}).encode()


def name_status(status: int) -> str:
    """The phrase of an HTTP status."""
    try:
        return _OTHER_NAMES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _explain(status: int) -> str:
    if status == 431:
        return "the headers of a request have at most 16 KiB"
    return "these bytes are no HTTP request" if status == 400 else name_status(status).lower()
