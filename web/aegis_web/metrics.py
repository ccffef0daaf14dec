"""`/metrics`: what aegisd counts, for Prometheus and whoever reads OpenMetrics. Labels never grow with runs."""

from quart import Response
from quart_trio import QuartTrio

from aegis_web.answers import dress
from aegis_web.auth import require
from aegis_web.openmetrics import CONTENT_TYPE, Exposition
from aegis_web.snapshots import current_snapshots
from aegisd import __version__
from aegisd.core.model import Result
from aegisd.core.token import Scope
from aegisd.daemon import Daemon

_FINE = {"up": 1.0, "down": 0.0}


def add_metrics(app: QuartTrio, daemon: Daemon) -> None:
    """Add the path to `app`."""

    @app.get("/metrics")
    async def metrics() -> Response:
        await require(Scope.READ)
        body = await current_snapshots().get("/metrics", lambda: write_metrics(daemon))
        return await dress(body, content_type=CONTENT_TYPE)


async def write_metrics(daemon: Daemon) -> bytes:
    """The text. Everything in it is in memory, but for the last runs of workflows that have had no end since they were
    asked for last."""
    page = Exposition()
    page.add_info("aegis_build", "Which aegisd this is.", {"version": __version__})
    _add_runs(page, daemon)
    await _add_results(page, daemon)
    _add_receivers(page, daemon)
    services = await daemon.desks.services.list()
    known = [({"service": each["name"]}, _FINE[each["state"]]) for each in services if each["state"] in _FINE]
    page.add_gauge("aegis_service_up", "Whether a service answered its last health check.", known)
    return page.text.encode()


def _add_runs(page: Exposition, daemon: Daemon) -> None:
    desk = daemon.desks.telemetry
    meters, load = desk.meters, desk.measure_load()
    states = (("executing", load.executing), ("pending", load.waiting))
    active = [
        ({"workflow": name, "state": state}, float(count)) for state, counts in states for name, count in counts.items()
    ]
    page.add_gauge("aegis_runs_active", "Runs that execute or wait.", active)
    page.add_gauge("aegis_queue_length", "Runs that wait.", [({}, float(sum(load.waiting.values())))])
    slots = [({"state": "busy"}, float(load.busy)), ({"state": "idle"}, float(load.idle))]
    page.add_gauge("aegis_slots", "Places for executing runs.", slots)
    page.add_histogram(
        "aegis_run_duration_seconds",
        "How long runs took from their start to their end.",
        [({"workflow": name, "result": result}, each) for (name, result), each in sorted(meters.durations.items())],
    )
    page.add_histogram(
        "aegis_run_wait_seconds",
        "How long runs waited in the queue.",
        [({"workflow": name}, each) for name, each in sorted(meters.waits.items())],
    )
    page.add_counter(
        "aegis_step_errors",
        "Steps that did not pass.",
        [({"workflow": name, "result": result}, count) for (name, result), count in sorted(meters.errors.items())],
    )
    events = [({"type": name}, count) for name, count in sorted(meters.events.items())]
    page.add_counter("aegis_events", "Events on the timeline.", events)


async def _add_results(page: Exposition, daemon: Daemon) -> None:
    standing = await daemon.desks.telemetry.standing.find_all(daemon.config.workflows)
    results = [
        ({"workflow": name, "result": result.value}, float(run.result is result))
        for name, run in standing.items()
        for result in (Result.SUCCESS, Result.FAILURE, Result.ERROR, Result.TIMEOUT)
    ]
    page.add_gauge("aegis_last_run_result", "1 for the result of the last run that tells how it stands.", results)


def _add_receivers(page: Exposition, daemon: Daemon) -> None:
    outcomes = [
        ({"webhook": name, "outcome": outcome}, count)
        for (name, outcome), count in daemon.webhooks.count_outcomes().items()
    ]
    page.add_counter("aegis_webhook_deliveries", "Attempts to deliver, by what became of them.", outcomes)
    webhooks = daemon.webhooks.list_webhooks()
    waiting = [({"webhook": each["name"]}, float(each["waiting"])) for each in webhooks]
    page.add_gauge("aegis_webhook_waiting", "Deliveries that wait to be sent.", waiting)
    failing = [({"webhook": each["name"]}, float(each["state"] in {"failing", "disabled"})) for each in webhooks]
    page.add_gauge("aegis_webhook_failing", "1 while a webhook fails or was disabled for it.", failing)
    consumers = daemon.events.list_subscriptions()
    behind = [({"consumer": each["name"]}, float(each["behind"])) for each in consumers]
    page.add_gauge("aegis_consumer_behind", "Events that a subscription has not had yet.", behind)
    dropped = [({"consumer": each["name"]}, each["lost"] + each["missed"]) for each in consumers]
    page.add_counter("aegis_events_dropped", "Events that a subscription gave up or came too late for.", dropped)
