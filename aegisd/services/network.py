"""How connections to services are made: names are looked up once, every answer is checked, one of them is connected to.

A name is looked up in threads of its own: look-ups that hang must not keep programs from starting. What was checked is
what is connected to, so that a name which changes its mind in between leads nowhere.
"""

import ipaddress
import socket
from collections.abc import Iterable

import httpcore
import trio

from aegisd.core.addresses import explain_denial

_LOOKUPS = 8
_ADDRESS_S = 3.0
_PORTS = (80, 443)
_LEAST_PORT = 1024


class LookupFailedError(httpcore.ConnectError):
    """A name has no address; the message says what the resolver said."""


class DeniedError(httpcore.ConnectError):
    """A name leads where nobody connects to; the message says where and why."""


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to allowed addresses only; with `public_only` to none on this host or in its networks."""

    def __init__(self, *, public_only: bool, limiter: trio.CapacityLimiter | None = None) -> None:
        self._public_only = public_only
        self._limiter = limiter or trio.CapacityLimiter(_LOOKUPS)
        self._backend = httpcore.TrioBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address of `host` that takes one. Raises httpcore.ConnectError."""
        if self._public_only and port not in _PORTS and port < _LEAST_PORT:
            message = f"port {port} is not allowed: 80, 443, or from {_LEAST_PORT} on"
            raise DeniedError(message)
        addresses = await self._find_addresses(host, port)
        for address in addresses:
            self._check(host, address)
        *others, last = addresses
        for address in others:
            try:
                return await self._backend.connect_tcp(address, port, _ADDRESS_S, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(last, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises DeniedError."""
        del timeout, socket_options
        message = f"{path} is a socket of this host"
        raise DeniedError(message)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await trio.sleep(seconds)

    async def _find_addresses(self, host: str, port: int) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            pass
        try:
            found = await trio.to_thread.run_sync(
                lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM),
                abandon_on_cancel=True,
                limiter=self._limiter,
            )
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it cannot be a name"
            message = f"{host} has no address: {reason}"
            raise LookupFailedError(message) from error
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def _check(self, host: str, address: str) -> None:
        why = explain_denial(address, public_only=self._public_only)
        if why is not None:
            shown = address if address == host else f"{host} ({address})"
            message = f"{shown} is not an allowed target ({why})"
            raise DeniedError(message)
