"""`/cc.xml`: every workflow for build monitors, in the form that CCTray made common
(https://cctray.org/v1/). While a run executes the result of the one before it stays, so that nothing goes grey."""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from quart import Response, request
from quart_trio import QuartTrio

from aegis_web.answers import dress
from aegis_web.auth import require
from aegis_web.links import site_url
from aegis_web.params import Param, read_query
from aegisd.core.model import Result, RunSummary
from aegisd.core.token import Scope
from aegisd.daemon import Daemon

_STATUS: Mapping[Result | None, str] = {
    Result.SUCCESS: "Success",
    Result.FAILURE: "Failure",
    Result.TIMEOUT: "Failure",
    Result.ERROR: "Exception",
}
_PARAMS = (Param(name="workflow", doc="Only these workflows.", is_list=True),)


def add_cctray(app: QuartTrio, daemon: Daemon) -> None:
    """Add the path to `app`."""

    @app.get("/cc.xml", endpoint="cctray")
    async def cctray() -> Response:
        await require(Scope.READ)
        wanted = read_query(_PARAMS, request.args)["workflow"]
        names = [name for name in daemon.config.workflows if not wanted or name in wanted]
        desk = daemon.desks.telemetry
        executing = desk.measure_load().executing
        standing = await desk.standing.find_all(names)
        body = write_projects(
            {name: standing.get(name) for name in names},
            building={name for name in names if executing.get(name)},
            base=site_url(daemon),
        )
        return await dress(body, content_type="application/xml; charset=utf-8")


def write_projects(runs: Mapping[str, RunSummary | None], *, building: set[str], base: str) -> bytes:
    """The document: a `Project` for each workflow, with the last run that says how it stands."""
    root = ET.Element("Projects")
    for name, run in runs.items():
        project = {
            "name": name,
            "activity": "Building" if name in building else "Sleeping",
            "lastBuildStatus": _STATUS.get(run.result, "Unknown") if run else "Unknown",
            "lastBuildLabel": str(run.id) if run else "",
            "lastBuildTime": (run.finished_at or run.created_at) if run else "1970-01-01T00:00:00.000Z",
            "webUrl": f"{base}/workflows/{name}",
        }
        ET.SubElement(root, "Project", project)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"
