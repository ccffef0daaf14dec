"""The end of the server, whenever it comes."""

import trio

from aegis_web.limits import Limits
from aegis_web.server import serve_http
from aegis_web.sockets import open_listeners
from tests.web.kit import make_test_app


async def test_a_stop_before_it_has_begun() -> None:
    """Cancelled before its first client could come, it ends at once: aegisd is stopped while HTTP is still coming
    up."""
    limits = Limits()
    with trio.fail_after(30), open_listeners(["127.0.0.1:0"], group=None, passed=()) as listeners:
        with trio.CancelScope() as stop:
            stop.cancel()
            await serve_http(make_test_app(limits=limits), listeners=listeners, limits=limits)
        assert stop.cancelled_caught
        for listener in listeners:
            await listener.aclose()
