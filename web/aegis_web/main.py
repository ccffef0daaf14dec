"""The HTTP door as a whole: its sockets, its app, its server. Imported by aegisd in a thread, once it is needed."""

import logging
import socket
from collections.abc import Sequence

import trio

from aegis_web.app import make_app
from aegis_web.followers import followers_of
from aegis_web.limits import Limits
from aegis_web.server import serve_http
from aegis_web.sockets import open_listeners, show_address
from aegis_web.tls import Certificates
from aegisd.daemon import Daemon

_log = logging.getLogger("aegisd.web")


async def serve_web(
    daemon: Daemon,
    *,
    passed: Sequence[socket.socket],
    task_status: trio.TaskStatus[tuple[str, ...]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled. `passed` are the sockets that systemd holds for it; tells the addresses. Raises
    ListenError."""
    web = daemon.config.web
    limits = Limits(connections=web.connections)
    with open_listeners(web.bind, group=web.group, passed=passed) as listeners:
        certificates = Certificates(lambda: daemon.config.web.tls)
        certificates.context()
        addresses = tuple(show_address(listener, is_secure=certificates.is_wanted) for listener in listeners)
        task_status.started(addresses)
        _log.info("HTTP on %s", ", ".join(addresses))
        app = make_app(daemon, limits=limits)
        with daemon.desks.page.serving(addresses):
            await serve_http(
                app, listeners=listeners, limits=limits, certificates=certificates, on_close=followers_of(app).close
            )
