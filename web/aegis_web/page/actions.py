"""What the page can change, for those who have signed in: start and cancel runs, decide what waits for a
decision, start a run again from a delivery, send a delivery again.

Each is a form's POST that goes on to where its effect is seen; each needs the scope `run`.
"""

import trio
from quart import Response, request
from quart_trio import QuartTrio

from aegis_web.auth import check_same_site, require
from aegis_web.page.asking import base_path
from aegisd.core.model import Trigger
from aegisd.core.token import Scope
from aegisd.daemon import Daemon
from aegisd.wire.errors import CallError

_READ_S = 10.0
_PARAM = "param."


def add_actions(app: QuartTrio, daemon: Daemon) -> None:
    """Add the paths of the forms to `app`."""

    @app.post("/workflows/<name>/run", endpoint="page_start")
    async def start(name: str) -> Response:
        by = await check_actor()
        given = await read_form()
        params = {key.removeprefix(_PARAM): value for key, value in given.items() if key.startswith(_PARAM) and value}
        run = await daemon.submit(name, params=params, trigger=Trigger(kind="manual", by=by))
        return go_to(daemon, f"/runs/{run}")

    @app.post("/runs/<int:run>/decide", endpoint="page_decide")
    async def decide(run: int) -> Response:
        by = await check_actor()
        given = await read_form()
        decision = given.get("decision")
        if decision not in {"approve", "reject"}:
            raise CallError("BadParameter", "a decision is approve or reject")
        await daemon.desks.approvals.decide(run, given.get("step"), approve=decision == "approve", by=by)
        return go_to(daemon, f"/runs/{run}")

    @app.post("/runs/<int:run>/cancel", endpoint="page_cancel")
    async def cancel(run: int) -> Response:
        await daemon.cancel(run, by=await check_actor())
        return go_to(daemon, f"/runs/{run}")

    @app.post("/runs/<int:run>/retry", endpoint="page_retry")
    async def retry(run: int) -> Response:
        trigger = Trigger(kind="manual", by=await check_actor())
        failed = "failed" in await read_form()
        return go_to(daemon, f"/runs/{await daemon.retry(run, failed=failed, trigger=trigger)}")

    @app.post("/triggers/deliveries/<int:number>/replay", endpoint="page_replay")
    async def replay(number: int) -> Response:
        run = await daemon.hooks.replay(number, by=await check_actor())
        return go_to(daemon, f"/runs/{run}")

    @app.post("/webhooks/deliveries/<int:number>/redeliver", endpoint="page_redeliver")
    async def redeliver(number: int) -> Response:
        await daemon.webhooks.redeliver([number], by=await check_actor())
        return go_to(daemon, f"/webhooks/deliveries/{number}")


async def check_actor() -> str:
    """Who acts, as events call them. Raises RefusedError for those who may not, or whom another site has sent."""
    check_same_site()
    caller = await require(Scope.RUN)
    return "" if caller is None else caller.by


async def read_form() -> dict[str, str]:
    """The first values of the form that was sent; {} when it does not arrive in time."""
    with trio.move_on_after(_READ_S):
        return dict(await request.form)
    return {}


def go_to(daemon: Daemon, path: str) -> Response:
    """On to another view."""
    return Response(b"", status=303, headers={"Location": f"{base_path(daemon)}{path}"})
