"""The paths of aegis_qa on the real aegisd: list, run, history, events, as programs that were written for it ask."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.behaviour.conftest import make_host as make_host  # noqa: PLC0414 - a fixture
from tests.behaviour.host import Host
from tests.web.real_api import CONFIG, RealApi


@pytest.fixture
def api(make_host: Callable[..., Host]) -> RealApi:
    """An aegisd that has run nothing."""
    return RealApi(make_host(CONFIG, bind='["127.0.0.1:0"]'), scope="run")


def _read(api: RealApi, path: str) -> Any:
    status, _, body = api.request("GET", path, token=False)
    return json.loads(body) if status == 200 else status


def test_list_run_history(api: RealApi) -> None:
    """S55, S57, S58, S61: the list has the steps, one workflow its conditions and retries; what a POST ran is in the
    history of its workflow; a name that is not there is 404."""
    listed = _read(api, "/api/workflows")
    assert [(each["key"], len(each["steps"])) for each in listed] == [("ci", 3), ("quick", 1)]
    one = _read(api, "/api/workflows/ci")
    assert one == listed[0]
    wanted = ("type", "condition", "parallel", "retries", "retry_delay", "timeout")
    assert [one["steps"][1][name] for name in wanted] == ["command", "on_success", False, 1, 0.02, None]
    assert _read(api, "/api/workflows/cl") == 404
    status, headers, body = api.request("POST", "/api/workflows/ci/run", body={})
    ran = json.loads(body)
    assert (status, headers["location"], ran["success"]) == (200, "/api/v1/runs/1", False)
    api.request("POST", "/api/workflows/quick/run", body={})
    (entry,) = _read(api, "/api/workflows/ci/history")
    assert [(each["success"], each["skipped"], each["attempts"]) for each in entry["steps"]] == [
        (True, False, 1),
        (False, False, 2),
        (True, True, 0),
    ]
    assert [len(each["attempts"]) for each in ran["steps"]] == [1, 2, 0]
    assert (entry["workflow_name"], entry["success"], entry["step_count"]) == ("ci", False, 3)
    assert entry["started_at"] < entry["completed_at"]
    assert [each["workflow_name"] for each in _read(api, "/api/history?limit=5")] == ["quick", "ci"]
    assert (_read(api, "/api/workflows/cl/history"), _read(api, "/api/history?limit=-1")) == (404, 400)


def test_events(api: RealApi) -> None:
    """S16, S30, S31, W2.20: runs of the API and of the command line are in the events, the newest first, by type and
    number; a limit below 1 is refused."""
    api.request("POST", "/api/workflows/quick/run", body={})
    api.host.ctl("run", "quick")
    events = _read(api, "/api/events?limit=50")
    assert [each["data"]["seq"] for each in events] == sorted((each["data"]["seq"] for each in events), reverse=True)
    ends = _read(api, "/api/events?event_type=workflow.completed")
    assert [(each["workflow_name"], each["data"]["run"], each["data"]["success"]) for each in ends] == [
        ("quick", 2, True),
        ("quick", 1, True),
    ]
    assert set(ends[0]) == {"event_type", "timestamp", "workflow_name", "data"}
    assert len(_read(api, "/api/events?limit=3")) == 3
    assert len(_read(api, "/api/events")) == min(20, len(events))
    assert [_read(api, f"/api/events?limit={limit}") for limit in (0, -1, "x")] == [400, 400, 400]
