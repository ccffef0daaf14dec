"""`/healthz`: this process answers. `/readyz`: it takes runs. For load balancers and monitors; open to everybody."""

from quart import Response
from quart_trio import QuartTrio

from aegisd.daemon import Daemon


def add_health(app: QuartTrio, daemon: Daemon) -> None:
    """Add both paths to `app`."""

    @app.get("/healthz")
    async def healthz() -> Response:
        return Response("ok\n", content_type="text/plain; charset=utf-8")

    @app.get("/readyz")
    async def readyz() -> Response:
        daemon.check_open()  # raises what becomes a problem with status 503
        return Response("ready\n", content_type="text/plain; charset=utf-8")
