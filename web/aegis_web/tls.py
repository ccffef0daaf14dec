"""TLS of the HTTP door: which certificate counts now, and how a connection becomes a secure one.

The pair of `[web.tls]` is looked at when a client connects: a new one counts from then on, whether a reload named it or
a tool renewed the files. One that cannot be used is logged, and the old one stays; nobody is ever answered in clear
text instead.
"""

import logging
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import trio

from aegis_web.http1 import encode_problem
from aegis_web.limits import Limits
from aegisd.config.tls_pair import TlsError, TlsKeys, make_context

_log = logging.getLogger("aegisd.web")

_HANDSHAKE = 0x16  # the first byte of what a client of TLS says


class Certificates:
    """The pair that counts. `find` gives what is configured; None: no TLS."""

    def __init__(self, find: Callable[[], TlsKeys | None]) -> None:
        self._find = find
        self._stamp: tuple[object, ...] | None = None
        self._context: ssl.SSLContext | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether clients must speak TLS."""
        return self._find() is not None

    def context(self) -> ssl.SSLContext | None:
        """What to speak with; None when there has never been a pair that can be used."""
        keys = self._find()
        if keys is None:
            return None
        stamp = (keys, _look(keys.cert), _look(keys.key))
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._context = make_context(keys)
            except TlsError as error:
                _log.error("[web.tls] `%s` %s; the certificate that was read before stays", error.name, error.message)
            else:
                _log.info("HTTPS with the certificate in %s", keys.cert)
        return self._context


async def secure(
    stream: trio.SocketStream, certificates: Certificates, *, limits: Limits
) -> trio.SSLStream[trio.SocketStream] | None:
    """The connection as a secure one; None when it is not to be talked to. Who speaks plain HTTP is told so."""
    context = certificates.context()
    if context is None:
        return None
    try:
        with trio.move_on_after(limits.header_s):
            first = await stream.socket.recv(1, socket.MSG_PEEK)
            if first and first[0] != _HANDSHAKE:
                await _refuse(stream)
            elif first:
                secured = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
                await secured.do_handshake()
                return secured
    except (OSError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
        _log.debug("a client did not come to speak TLS: %s", error)
    return None


async def _refuse(stream: trio.SocketStream) -> None:
    body = encode_problem(400, "this address is served over HTTPS: write https:// instead of http://")
    head = (
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    await stream.send_all(head.encode() + body)
    await stream.send_eof()
    while await stream.receive_some(65536):
        pass


def _look(path: str) -> tuple[int, ...]:
    try:
        known = Path(path).stat()
    except OSError:
        return ()
    return known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns
