"""`/feed.json` (JSON Feed 1.1) and `/feed.atom` (RFC 4287): the runs that have ended, the newest first."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree as ET

from quart import Response, request
from quart_trio import QuartTrio

from aegis_web.answers import dress
from aegis_web.auth import require
from aegis_web.links import site_url
from aegis_web.page.words import describe_end, describe_trigger, run_kind, word_of
from aegis_web.params import Param, read_query
from aegis_web.snapshots import current_snapshots
from aegisd.core.model import Result
from aegisd.core.record import RunFilter
from aegisd.core.token import Scope
from aegisd.daemon import Daemon

_ATOM = "http://www.w3.org/2005/Atom"
_BEGINNING = "1970-01-01T00:00:00.000Z"
_PARAMS = (
    Param(name="workflow", doc="Only runs of this workflow."),
    Param(
        name="result", doc="Only runs with these results.", choices=tuple(each.value for each in Result), is_list=True
    ),
    Param(name="limit", doc="At most so many.", kind="count", minimum=1, maximum=200, default=50),
)

Run = Mapping[str, Any]


def add_feeds(app: QuartTrio, daemon: Daemon) -> None:
    """Add both paths to `app`."""

    @app.get("/feed.json", endpoint="feed_json")
    async def feed_json() -> Response:
        runs = await _read(daemon)
        feed = write_json(runs, title=_title(daemon), base=site_url(daemon), epoch=daemon.desks.telemetry.epoch)
        return _date(await dress(feed, content_type="application/feed+json; charset=utf-8"), runs)

    @app.get("/feed.atom", endpoint="feed_atom")
    async def feed_atom() -> Response:
        runs = await _read(daemon)
        feed = write_atom(runs, title=_title(daemon), base=site_url(daemon), epoch=daemon.desks.telemetry.epoch)
        return _date(await dress(feed, content_type="application/atom+xml; charset=utf-8"), runs)


async def _read(daemon: Daemon) -> Sequence[Run]:
    await require(Scope.READ)
    query = read_query(_PARAMS, request.args)
    wanted = RunFilter(workflow=query["workflow"], results=query["result"], states=("finished",), limit=query["limit"])
    return await current_snapshots().get(("feed", wanted), lambda: daemon.list_runs(wanted))


def write_json(runs: Sequence[Run], *, title: str, base: str, epoch: str) -> dict[str, Any]:
    """A JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": f"{base}/",
        "feed_url": f"{base}/feed.json",
        "items": [
            {
                "id": make_id(run["id"], epoch),
                "url": f"{base}/runs/{run['id']}",
                "title": _headline(run),
                "content_text": _describe(run),
                "date_published": _ended(run),
                "tags": [run["workflow"], run["result"]],
            }
            for run in runs
        ],
    }


def write_atom(runs: Sequence[Run], *, title: str, base: str, epoch: str) -> bytes:
    """An Atom feed."""
    root = ET.Element("feed", {"xmlns": _ATOM})
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "id").text = uuid.uuid5(uuid.NAMESPACE_URL, f"aegis:{epoch}").urn
    ET.SubElement(root, "updated").text = max((_ended(run) for run in runs), default=_BEGINNING)
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": f"{base}/feed.atom"})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": f"{base}/"})
    ET.SubElement(ET.SubElement(root, "author"), "name").text = title
    for run in runs:
        entry = ET.SubElement(root, "entry")
        ET.SubElement(entry, "id").text = make_id(run["id"], epoch)
        ET.SubElement(entry, "title").text = _headline(run)
        ET.SubElement(entry, "updated").text = _ended(run)
        ET.SubElement(entry, "published").text = _ended(run)
        ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": f"{base}/runs/{run['id']}"})
        ET.SubElement(entry, "category", {"term": run["workflow"]})
        ET.SubElement(entry, "category", {"term": run["result"]})
        ET.SubElement(entry, "summary").text = _describe(run)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def make_id(run: int, epoch: str) -> str:
    """A name of the run that no other has and that never changes, whatever this server is called."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"aegis:{epoch}/runs/{run}").urn


def _title(daemon: Daemon) -> str:
    return f"aegis on {daemon.config.daemon.name}"


def _headline(run: Run) -> str:
    return f"{run['workflow']} #{run['id']} {word_of(run_kind(run))}"


def _describe(run: Run) -> str:
    """How it ended and what started it; XML has no control characters."""
    text = ". ".join(part for part in (describe_end(run), describe_trigger(run["trigger"])) if part)
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _ended(run: Run) -> str:
    return str(run["finished_at"] or run["created_at"])


def _date(response: Response, runs: Sequence[Run]) -> Response:
    newest = max((_ended(run) for run in runs), default=_BEGINNING)
    response.headers["Last-Modified"] = format_datetime(datetime.fromisoformat(newest), usegmt=True)
    return response
