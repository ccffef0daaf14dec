"""The app behind the HTTP door. What it serves are its tenants: each a function `add_...(app, daemon)`, a line here.

For all of them the app sees to it that the name it was called by is its own, that each answer carries the headers
that keep browsers from misusing it, and that each request has an id.
"""

import logging
import re
import uuid
from collections.abc import Mapping

from quart import Response, g, request, websocket
from quart.wrappers.base import BaseRequestWebsocket
from quart_trio import QuartTrio

from aegis_web.api import add_api
from aegis_web.auth import add_auth
from aegis_web.badges import add_badges
from aegis_web.cctray import add_cctray
from aegis_web.event_socket import add_event_socket
from aegis_web.feeds import add_feeds
from aegis_web.followers import add_followers
from aegis_web.health import add_health
from aegis_web.hooks import add_hooks
from aegis_web.hosts import is_allowed
from aegis_web.limits import Limits
from aegis_web.login import add_login
from aegis_web.metrics import add_metrics
from aegis_web.page.door import add_page
from aegis_web.problems import add_problems, make_problem
from aegis_web.raw_log import add_raw_log
from aegis_web.snapshots import add_snapshots
from aegisd.daemon import Daemon

_log = logging.getLogger("aegisd.web")

TENANTS = (
    *(add_auth, add_snapshots, add_followers, add_health, add_hooks, add_login, add_api, add_event_socket),
    *(add_metrics, add_cctray, add_badges, add_feeds, add_raw_log),
    add_page,
)

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def make_app(daemon: Daemon, *, limits: Limits) -> QuartTrio:
    """The app that asks `daemon`; what is configured is looked up at each request, so that a reload counts at once."""
    app = QuartTrio("aegis_web", static_folder=None)
    app.config.update(
        BODY_TIMEOUT=None,  # the server has its own
        MAX_CONTENT_LENGTH=limits.body_bytes,
        PROPAGATE_EXCEPTIONS=False,
        PROVIDE_AUTOMATIC_OPTIONS=False,
        RESPONSE_TIMEOUT=None,  # the server drops who does not read
    )
    app.logger = _log

    def refuse_host(asked: BaseRequestWebsocket) -> Response | None:
        host, server = asked.headers.get("Host") or None, (asked.scope.get("server") or (None,))[0]
        if is_allowed(host, allowed=daemon.config.web.allowed_hosts, server=server):
            return None
        detail = f"host not allowed: {host!r} (web.allowed_hosts)"
        return make_problem(403, detail, hint="aegisd answers to its own names; others are listed there", code="AEG240")

    @app.before_request
    async def check_request() -> Response | None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        return refuse_host(request)

    @app.before_websocket
    async def check_websocket() -> Response | None:
        g.request_id = uuid.uuid4().hex
        return refuse_host(websocket)

    @app.after_request
    async def add_headers(response: Response) -> Response:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-ID"] = g.get("request_id", "-")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    add_problems(app)
    for add in TENANTS:
        add(app, daemon)
    return app
