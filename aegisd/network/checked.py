"""Connections to allowed addresses only: names are looked up here, and what was checked is what is connected to.

A name could stand for another address at a second look-up. So there is one, every answer of it must be allowed, and the
connection goes to an address of it; the receiver's name stays in TLS and in `Host`.
"""

import socket
import ssl
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

import httpcore
import trio

from aegisd.core.targets import TargetPolicy, find_objection

_LOOKUPS = 8
_MOST_ADDRESSES = 4
_ADDRESS_S = 3.0


class DeniedError(httpcore.ConnectError):
    """A target is not allowed; the message says which and why."""


class LookupFailedError(httpcore.ConnectError):
    """A name has no address; the message says what the resolver said."""


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to what `policy` allows; `advice` ends the messages about what it does not.

    Look-ups are made in threads of `limiter` (its own without one): a dead name server keeps no program from starting.
    `connects` counts the connections that were asked for.
    """

    def __init__(self, policy: TargetPolicy, *, advice: str = "", limiter: trio.CapacityLimiter | None = None) -> None:
        self._policy = policy
        self._advice = advice
        self._limiter = limiter or trio.CapacityLimiter(_LOOKUPS)
        self._backend = httpcore.TrioBackend()
        self.connects = 0

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,  # noqa: ARG002 - as above
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address of `host` that answers. Raises DeniedError, LookupFailedError and
        httpcore's errors."""
        self.connects += 1
        self._check(None if self._policy.allows_port(port) else f"port {port}", f"{host}:{port}")
        addresses = await self._look_up(host, port)
        for address in addresses:
            objection = find_objection(address, host=host, policy=self._policy)
            self._check(objection, address if address == host else f"{host} is {address}, which")
        *others, last = addresses[:_MOST_ADDRESSES]
        for address in others:
            patience = min(_ADDRESS_S, timeout or _ADDRESS_S)
            try:
                return await self._connect(address, port, patience, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._connect(last, port, timeout, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's interface
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        message = f"{path} is a socket of this host"
        raise DeniedError(message)

    async def sleep(self, seconds: float) -> None:
        """As httpcore wants it."""
        await trio.sleep(seconds)

    def _check(self, objection: str | None, shown: str) -> None:
        if objection is not None:
            message = f"{shown} is not an allowed target ({objection}){self._advice}"
            raise DeniedError(message)

    async def _look_up(self, host: str, port: int) -> list[str]:
        try:
            ip_address(host)
        except ValueError:
            pass
        else:
            return [host]
        try:
            found = await trio.to_thread.run_sync(
                _get_addresses, host, port, limiter=self._limiter, abandon_on_cancel=True
            )
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it cannot be a name"
            message = f"{host} has no address: {reason}"
            raise LookupFailedError(message) from error
        return list(dict.fromkeys(found))

    async def _connect(
        self,
        address: str,
        port: int,
        timeout: float | None,  # noqa: ASYNC109 - passed on
        options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(await self._backend.connect_tcp(address, port, timeout, None, options))


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that is closed when its TLS handshake is cancelled, too: httpcore closes it only when that fails."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as above
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            with trio.CancelScope(shield=True):
                await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _get_addresses(host: str, port: int) -> list[str]:
    return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
