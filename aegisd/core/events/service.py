"""Events about the services that steps call: told when the state of one changes, not at each look."""

from typing import ClassVar

from attrs import frozen


@frozen(kw_only=True)
class ServiceUp:
    """A service answers its health check. `previous` is its state before, `previous_s` how long it was in it (seconds);
    `latency_s` is how long the answer took."""

    type: ClassVar[str] = "service.up"
    service: str
    url: str
    previous: str
    previous_s: float
    latency_s: float


@frozen(kw_only=True)
class ServiceDown:
    """A service does not answer its health check. `kind` is one of timeout, refused, dns, tls, connection, denied,
    status and body; `error` says it in words."""

    type: ClassVar[str] = "service.down"
    service: str
    url: str
    previous: str
    previous_s: float
    kind: str
    error: str


ServiceEvent = ServiceUp | ServiceDown
