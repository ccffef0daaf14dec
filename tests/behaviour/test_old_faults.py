"""Faults of the systems before aegis that show only in the whole: between programs, and at services as they are."""

import http.client
import json
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from tests.behaviour.host import Host
from tests.behaviour.service_kit import FAILURE, qa_script, serve
from tests.web.real_api import RealApi

MakeHost = Callable[..., Host]


def test_a_service_has_one_name(make_host: MakeHost, tmp_path: Path) -> None:
    """W1.15: events call a service by its key in the configuration, whether a step passes, fails, times out or cannot
    reach it."""
    steps = "".join(
        f"[[workflows.w.steps]]\ntype = '{kind}'\nname = '{name}'\nservice = '{service}'\n"
        f"condition = 'always'\n{more}\n"
        for name, kind, service, more in (
            ("passes", "discover", "qa-agent", ""),
            ("fails", "test", "qa-agent", ""),
            ("slow", "discover", "qa-agent", "timeout = '200ms'\npath = '/slow'"),
            ("away", "discover", "gone", ""),
        )
    )
    with serve(tmp_path / "qa", qa_script(**{"GET /slow": [{"delay": 60}]})) as qa:
        host = make_host(
            f'[services.qa-agent]\nurl = "{qa.url}"\n[services.gone]\nurl = "http://127.0.0.1:1"\n'
            f"[workflows.w]\n{steps}"
        )
        run = host.run("w")
        assert host.finish(run)["result"] != "success"
    named: dict[str, set[str]] = {}
    for event in host.events(run=run, types=["step.started", "step.completed", "failure.detected"]):
        named.setdefault(event["step"], set()).add(event["data"]["service"])
    assert named == {"passes": {"qa-agent"}, "fails": {"qa-agent"}, "slow": {"qa-agent"}, "away": {"gone"}}
    assert host.step(run, "slow")["result"] == "timeout"


def test_a_service_as_it_is(make_host: MakeHost, tmp_path: Path) -> None:
    """W1.7: a bug tracker that wants fields of its own, at a path of its own, gets them from the results before; one
    that refuses what it gets fails the step with its own words."""
    config = """
[services.qa]
url = "{qa}"
[services.bugs]
url = "{bugs}"
[workflows.w]
[[workflows.w.steps]]
type = "test"
name = "tests"
service = "qa"
path = "/v2/suites/run"
[[workflows.w.steps]]
type = "http"
name = "report"
service = "bugs"
path = "/projects/7/issues"
method = "POST"
json = {{ title = "{{steps.tests./failures/0/name}}", all = "{{steps.tests./failures}}", reporter = "aegis" }}
condition = "has_failures"
[[workflows.w.steps]]
type = "submit_bugs"
name = "plain"
service = "bugs"
condition = "has_failures"
"""
    suite = qa_script()["POST /api/runs"][:1]
    tracker = {
        "POST /projects/7/issues": [{"status": 201, "json": {"id": 1}}],
        "POST /api/v1/reports": [{"status": 422, "json": {"detail": "title: Field required"}}],
    }
    with serve(tmp_path / "qa", {"POST /v2/suites/run": suite}) as qa, serve(tmp_path / "bugs", tracker) as bugs:
        host = make_host(config.format(qa=qa.url, bugs=bugs.url))
        run = host.run("w")
        host.finish(run)
        told = [json.loads(each["body"]) for each in bugs.requests()]
    assert told[0] == {"title": FAILURE["name"], "all": [FAILURE], "reporter": "aegis"}
    assert [host.step(run, name)["result"] for name in ("report", "plain")] == ["success", "failure"]
    assert "title: Field required" in host.step(run, "plain")["reason"]


def test_who_follows_a_run_from_another_program(make_host: MakeHost, tmp_path: Path) -> None:
    """W3.3: runs that aegisctl starts are followed over HTTP while they happen, each alone."""
    go = tmp_path / "go"
    steps = f"[[workflows.w.steps]]\nname = 's'\nrun = 'until test -e {go}; do sleep 0.02; done'\n"
    host = make_host(f"[workflows.w]\nmax_concurrent = 2\n{steps}", bind='["127.0.0.1:0"]')
    port = RealApi(host).port
    runs = [int(host.ctl("run", "w", "--detach", "--print-id").stdout) for _ in range(2)]
    for run in runs:
        host.wait_until(lambda run=run: host.step(run, "s")["state"] == "executing")
    with ExitStack() as opened:
        followers = []
        for run in runs:
            connection = opened.enter_context(closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)))
            connection.request("GET", f"/api/v1/stream?run={run}", headers={"Accept": "application/x-ndjson"})
            followers.append(opened.enter_context(closing(connection.getresponse())))
        go.touch()
        for run, follower in zip(runs, followers, strict=True):
            events = []
            while not events or events[-1]["type"] != "workflow.completed":
                line = follower.readline()
                assert line, events
                told = json.loads(line.strip() or b"{}")
                events += [told["event"]] if "event" in told else []
            assert {event["run"] for event in events} == {run}
            assert "step.completed" in [event["type"] for event in events]
