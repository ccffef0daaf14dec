"""Connections to allowed addresses only: names are looked up here, and what was checked is what is connected to.

A name could stand for another address at a second look-up. So there is one, every answer of it must be allowed, and the
connection goes to an address of it; the receiver's name stays in TLS and in `Host`.
"""

import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import trio

from aegisd.core.targets import TargetPolicy, find_objection

_MOST_ADDRESSES = 4


class BlockedError(Exception):
    """A target is not allowed; the message says which and why."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects for one webhook. Its look-ups have threads of their own: a dead name server delays nobody else.

    `connects` counts the connections that were made.
    """

    def __init__(self, policy: TargetPolicy) -> None:
        self._policy = policy
        self._backend = httpcore.TrioBackend()
        self._lookups = trio.CapacityLimiter(2)
        self.connects = 0

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,  # noqa: ARG002 - as above
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address of `host` that answers. Raises BlockedError, socket.gaierror and
        httpcore's errors."""
        self.connects += 1
        addresses = await self._look_up(host, port)
        for address in addresses:
            word = find_objection(address, host=host, policy=self._policy)
            if word is not None:
                shown = address if address == host else f"{host} is {address}, which"
                key = "allow_loopback" if word == "loopback" else "targets"
                message = f"{shown} is not an allowed target ({word}); see `{key}` of the webhook"
                raise BlockedError(message)
        return await self._connect_to_one(addresses[:_MOST_ADDRESSES], port, timeout, socket_options)

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - httpcore's interface
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - as above
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        message = "a webhook cannot be sent to a Unix socket"
        raise BlockedError(message)

    async def sleep(self, seconds: float) -> None:
        """As httpcore wants it."""
        await trio.sleep(seconds)

    async def _look_up(self, host: str, port: int) -> list[str]:
        found = await trio.to_thread.run_sync(_get_addresses, host, port, limiter=self._lookups, abandon_on_cancel=True)
        return list(dict.fromkeys(found))

    async def _connect_to_one(
        self,
        addresses: list[str],
        port: int,
        timeout: float | None,  # noqa: ASYNC109 - passed on
        options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        for address in addresses[:-1]:
            try:
                return await self._connect(address, port, timeout, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._connect(addresses[-1], port, timeout, options)

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
