"""`/runs/N/log/STEP.txt`: the output of a step as it was written, also while it is: for `curl -N` and for saving."""

from quart import Response, request
from quart_trio import QuartTrio

from aegis_web.api_logs import answer_log
from aegis_web.auth import require
from aegis_web.params import Param, read_query
from aegisd.core.token import Scope
from aegisd.daemon import Daemon

_QUERY = (Param(name="attempt", doc="Which attempt; without it the newest, until the step ends.", kind="count"),)


def add_raw_log(app: QuartTrio, daemon: Daemon) -> None:
    """Add the path to `app`."""

    @app.get("/runs/<int:run>/log/<step>.txt", endpoint="raw_log")
    async def raw_log(run: int, step: str) -> Response:
        await require(Scope.READ)
        attempt = read_query(_QUERY, request.args)["attempt"] or 0
        stream = await daemon.open_logs(run, steps=[step], attempt=attempt, follow=not attempt, lines=None)
        return answer_log(stream, follow=not attempt)
