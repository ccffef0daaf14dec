"""What machines read of the real aegisd: metrics, build monitors, badges, feeds; each with parsers of others."""

import json
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from tests.behaviour.host import Host
from tests.web.real_api import RealApi

CONFIG = """
[workflows.good]
[[workflows.good.steps]]
name = "only"
run = "true"

[workflows.bad]
[[workflows.bad.steps]]
name = "only"
run = "exit 1"

[workflows.new]
[[workflows.new.steps]]
run = "true"

[workflows.slow]
[[workflows.slow.steps]]
name = "waits"
run = "while [ ! -e {gate} ]; do sleep 0.02; done"
"""


@pytest.fixture
def api(make_host: Callable[..., Host], tmp_path_factory: pytest.TempPathFactory) -> RealApi:
    """An aegisd with a run that passed, one that failed, one that goes on, and a workflow without any."""
    gate = tmp_path_factory.mktemp("gate") / "open"
    api = RealApi(make_host(CONFIG.format(gate=gate), bind='["127.0.0.1:0"]'))
    for workflow in ("good", "bad"):
        assert api.request("POST", f"/api/v1/workflows/{workflow}/run?wait=30", body={})[0] == 200
    gate.touch()
    api.host.finish(api.host.run("slow"))
    gate.unlink()
    run = api.host.run("slow")
    api.host.wait_until(lambda: api.host.show(run)["run"]["state"] == "executing", 60)
    return api


def _read(api: RealApi, path: str) -> tuple[dict[str, str], bytes]:
    status, headers, body = api.request("GET", path, token=False)
    assert status == 200, body
    again, _, nothing = api.request("GET", path, token=False, If_None_Match=headers["etag"])
    assert (again, nothing) == (304, b"") or path == "/metrics"  # which count on
    return headers, body


def test_metrics(api: RealApi) -> None:
    """OpenMetrics as Prometheus's own parser reads it: what ran, what runs, how it ended."""
    parser = pytest.importorskip("prometheus_client.openmetrics.parser")

    def read() -> dict[str, dict[tuple[str, ...], float]]:
        headers, body = _read(api, "/metrics")
        assert headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
        families = parser.text_string_to_metric_families(body.decode())
        samples = [sample for family in families for sample in family.samples]
        return {
            name: {tuple(each.labels.values()): each.value for each in samples if each.name == name}
            for name in {each.name for each in samples}
        }

    found = api.host.wait_until(
        lambda: (read().get("aegis_events_total", {}).get(("workflow.completed",)) == 3) and read()
    )
    assert found["aegis_run_duration_seconds_count"] == {
        ("bad", "failure"): 1,
        ("good", "success"): 1,
        ("slow", "success"): 1,
    }
    assert found["aegis_runs_active"]["slow", "executing"] == 1
    assert found["aegis_runs_active"]["good", "executing"] == found["aegis_queue_length"][()] == 0
    assert found["aegis_last_run_result"]["bad", "failure"] == found["aegis_last_run_result"]["good", "success"] == 1
    assert ("new", "success") not in found["aegis_last_run_result"]
    assert found["aegis_step_errors_total"] == {("bad", "failure"): 1}
    labels = {label for name, rows in found.items() for row in rows for label in row if name.endswith("_total")}
    assert not any(label.isdigit() for label in labels)


def test_strangers_make_no_metrics(api: RealApi) -> None:
    """W1.26: whatever paths, names and methods somebody asks for, there is no sample more than before."""

    def names() -> set[str]:
        lines = _read(api, "/metrics")[1].decode().splitlines()
        return {line.rpartition(" ")[0] for line in lines if not line.startswith("#")}

    before = names()
    for number in range(50):
        path = ("/x{}", "/runs/{}77", "/api/v1/workflows/w{}", "/hooks/h{}", "/badge/b{}.svg")[number % 5]
        api.request(("GET", "POST", "DELETE")[number % 3], path.format(number), token=False)
    assert names() - before == set()


def test_build_monitors(api: RealApi) -> None:
    """A workflow that runs keeps the result of its last run; one without runs is not known."""
    headers, body = _read(api, "/cc.xml")
    projects = {each.attrib["name"]: each.attrib for each in ET.fromstring(body)}  # noqa: S314 - our own
    assert headers["content-type"].startswith("application/xml")
    told = {
        name: (each["activity"], each["lastBuildStatus"], each["lastBuildLabel"]) for name, each in projects.items()
    }
    assert told == {
        "good": ("Sleeping", "Success", "1"),
        "bad": ("Sleeping", "Failure", "2"),
        "new": ("Sleeping", "Unknown", ""),
        "slow": ("Building", "Success", "3"),
    }
    assert projects["bad"]["webUrl"] == f"http://127.0.0.1:{api.port}/workflows/bad"
    only = ET.fromstring(_read(api, "/cc.xml?workflow=bad")[1])  # noqa: S314 - our own
    assert [each.attrib["name"] for each in only] == ["bad"]


def test_badges(api: RealApi) -> None:
    """A picture for every name, which other sites may show and no proxy keeps; the endpoint of shields.io."""
    for name, word in (("good", "passed"), ("bad", "failed"), ("new", "unknown"), ("none", "unknown")):
        headers, body = _read(api, f"/badge/{name}.svg")
        picture = ET.fromstring(body)  # noqa: S314 - our own
        assert (picture.attrib["role"], picture.attrib["aria-label"]) == ("img", f"{name}: {word}")
        assert (headers["cache-control"], headers["content-type"]) == (
            "no-cache, max-age=0",
            "image/svg+xml; charset=utf-8",
        )
        assert headers["cross-origin-resource-policy"] == "cross-origin"
    _, body = _read(api, "/badge/bad.json")
    shown = {
        "schemaVersion": 1,
        "label": "bad",
        "message": "failed",
        "color": "red",
        "isError": True,
        "cacheSeconds": 60,
    }
    assert json.loads(body) == shown
    assert api.request("GET", "/badge/none.json", token=False)[0] == 404
    _, body = _read(api, "/badge/good.svg?branch=main&label=%3Cb%3E%22x%22%26")
    assert ET.fromstring(body).attrib["aria-label"] == '<b>"x"&: unknown'  # noqa: S314 - our own


def test_feeds(api: RealApi) -> None:
    """Both feeds have the same runs under the same names, and can be narrowed."""
    feedparser = pytest.importorskip("feedparser")
    headers, body = _read(api, "/feed.json")
    feed = json.loads(body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["title"] for item in feed["items"]] == ["slow #3 passed", "bad #2 failed", "good #1 passed"]
    assert all(set(item) >= {"id", "url", "title", "content_text", "date_published"} for item in feed["items"])
    assert headers["last-modified"].endswith("GMT")
    headers, body = _read(api, "/feed.atom")
    atom = feedparser.parse(body, response_headers={"content-type": headers["content-type"]})
    assert (atom.bozo, atom.version) == (False, "atom10")
    assert [(each.id, each.title) for each in atom.entries] == [(item["id"], item["title"]) for item in feed["items"]]
    assert all(
        each.updated_parsed and each.link.endswith(f"/runs/{3 - place}") for place, each in enumerate(atom.entries)
    )
    _, body = _read(api, "/feed.json?result=failure")
    assert [item["title"] for item in json.loads(body)["items"]] == ["bad #2 failed"]
    assert api.request("GET", "/feed.json?result=odd", token=False)[0] == 400
