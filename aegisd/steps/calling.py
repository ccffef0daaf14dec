"""Calls of services as step types see them: a request, an answer, and what can go wrong, told apart.

The HTTP client itself is not here: it lives in `aegisd/services`, which knows the addresses, keys and certificates. A
step type names a service and says what to send.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from attrs import field, frozen

DEFAULT_LIMIT: Final = 64 * 1024
MOST_LIMIT: Final = 512 * 1024
"""The most bytes of an answer that a result can hold: results are events, which every reader of the timeline gets."""

CALL_S: Final = 30.0
"""How long an attempt that calls a service may take when its step does not say, in seconds."""


@frozen(kw_only=True)
class Request:
    """What to send. `path` begins with a slash and is added to the service's URL; with `url` (absolute) no service is
    needed. `limit` bounds the answer's body in bytes; None: it is not read."""

    method: str
    path: str = "/"
    url: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes | None = field(default=None, repr=False)
    limit: int | None = DEFAULT_LIMIT


@frozen(kw_only=True)
class Answer:
    """What came back, whatever its status. `duration_s` is from the first byte sent to the last one read, `retry_after`
    the header of that name."""

    status: int
    content_type: str = ""
    location: str | None = None
    retry_after: str = ""
    body: bytes = field(default=b"", repr=False)
    duration_s: float = 0.0


class ServiceFault(Exception):  # noqa: N818 - a value of the outcome, made in one place and caught in one
    """A call came to no usable answer. `kind` is one of timeout, refused, dns, tls, connection, denied, status, body;
    `sent` says whether the service may have seen the request."""

    def __init__(self, kind: str, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.sent = sent


class Caller(Protocol):
    """Sends requests to services; see `aegisd/services`."""

    async def send(self, service: str | None, request: Request) -> Answer:
        """The answer to `request`, whatever its status. Raises ServiceFault. The caller sets the deadline."""


class NoServices:
    """A `Caller` for an engine without services."""

    async def send(self, service: str | None, request: Request) -> Answer:
        """Raises ServiceFault."""
        del request
        kind, message = "denied", f"there is no service {service}"
        raise ServiceFault(kind, message, sent=False)
