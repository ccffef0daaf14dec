"""Spans and metrics of the real aegisd, at a collector that listens on this host."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.behaviour.host import Host
from tests.behaviour.receiver import Received, Receiver
from tests.web.real_api import RealApi

CONFIG = """
[telemetry]
otlp = "http://127.0.0.1:{port}"
headers = {{ Authorization = "Bearer s3cret-of-the-collector" }}
interval = "100ms"

[workflows.ci]
[[workflows.ci.steps]]
name = "build"
run = "echo $TRACEPARENT"
[[workflows.ci.steps]]
name = "tests"
run = "exit 3"
retries = 1
retry_delay = "10ms"
[[workflows.ci.steps]]
name = "report"
run = "true"
"""
GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _attributes(holder: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in holder["attributes"]}


def _list(receiver: Receiver, kind: str, scope: str, leaf: str) -> list[dict[str, Any]]:
    """The spans or metrics of all requests."""
    bodies = [json.loads(each.body) for each in [*receiver.requests]]
    return [each for body in bodies for of in body.get(kind, ()) for scoped in of[scope] for each in scoped[leaf]]


def _spans(receiver: Receiver) -> list[dict[str, Any]]:
    return _list(receiver, "resourceSpans", "scopeSpans", "spans")


@pytest.fixture
def collector() -> Receiver:
    """One that does not answer yet."""
    return Receiver()


def test_spans_of_a_run(make_host: Callable[..., Host], collector: Receiver) -> None:
    """A run is one span, each attempt another, with the names of the conventions; a step was told the id of its own,
    a trace that came with the request goes on, and the events give the same spans again."""
    collector.start()
    try:
        host = make_host(CONFIG.format(port=collector.port), bind='["127.0.0.1:0"]')
        api = RealApi(host)
        assert api.request("POST", "/api/v1/workflows/ci/run?wait=30", body={}, traceparent=GIVEN)[0] == 200
        host.wait_until(lambda: len(_spans(collector)) == 4, 60)
        root, build, *tries = _spans(collector)
        assert (root["name"], root["kind"], root["parentSpanId"]) == ("RUN ci", 2, GIVEN.split("-")[2])
        assert {each["traceId"] for each in (root, build, *tries)} == {GIVEN.split("-")[1]}
        assert _attributes(root) | {"cicd.pipeline.name": "ci", "cicd.pipeline.run.id": "1"} == _attributes(root)
        assert (_attributes(root)["cicd.pipeline.result"], root["status"]["code"]) == ("failure", 2)
        assert [note["name"] for note in root["events"]] == ["workflow.started", "step.skipped"]
        told = host.output(1, "build").decode().strip().split("-")
        assert (told[1], told[2]) == (build["traceId"], build["spanId"])
        assert [_attributes(each)["cicd.pipeline.task.run.id"] for each in tries] == ["1/1/1", "1/1/2"]
        assert [_attributes(each)["process.exit.code"] for each in tries] == ["3", "3"]
        assert all(each["parentSpanId"] == root["spanId"] for each in (build, *tries))
        assert all(int(each["startTimeUnixNano"]) <= int(each["endTimeUnixNano"]) for each in (root, build, *tries))
        inner = host.call("StartRun", workflow="ci", traceparent=f"00-{told[1]}-{told[2]}-01")["run"]
        host.finish(inner)
        host.wait_until(lambda: len(_spans(collector)) == 8, 60)
        assert (_spans(collector)[4]["parentSpanId"], _spans(collector)[4]["traceId"]) == (told[2], told[1])
        again = json.loads(host.ctl("trace", "1", "--otlp").stdout)
        assert again["resourceSpans"][0]["scopeSpans"][0]["spans"] == [root, build, *tries]
        rows = [line.split("\t") for line in host.ctl("trace", "1").stdout.splitlines()]
        assert [(row[0], row[4], row[5]) for row in rows[:2]] == [
            (root["spanId"], "failure", "RUN ci"),
            (build["spanId"], "success", "build"),
        ]
        telemetry = host.wait_until(lambda: host.call("GetStatus")["telemetry"], 60)
        assert (telemetry["runs"], telemetry["spans"], telemetry["lost"], telemetry["error"]) == (2, 8, 0, None)
        assert "2 runs, 8 spans" in host.ctl("status").stdout
        assert collector.requests[0].headers["authorization"] == "Bearer s3cret-of-the-collector"
        assert "s3cret" not in host.ctl("config", "show").stdout + host.log.read_text()
    finally:
        collector.close()


def test_metrics_are_sent(make_host: Callable[..., Host], collector: Receiver) -> None:
    """Metrics come by themselves, and say in the end how many runs there were."""
    collector.start()
    try:
        host = make_host(CONFIG.format(port=collector.port))
        host.finish(host.run("ci"))

        def durations() -> list[dict[str, Any]]:
            metrics = _list(collector, "resourceMetrics", "scopeMetrics", "metrics")
            found = [each for each in metrics if each["name"] == "cicd.pipeline.run.duration"]
            points = found[-1]["histogram"]["dataPoints"] if found else []
            return [each for each in points if _attributes(each).get("cicd.pipeline.result") == "failure"]

        (point,) = host.wait_until(durations, 60)
        assert (point["count"], _attributes(point)["cicd.pipeline.name"]) == ("1", "ci")
        assert sum(int(count) for count in point["bucketCounts"]) == 1
        assert len(point["bucketCounts"]) == len(point["explicitBounds"]) + 1
    finally:
        collector.close()


def test_a_collector_that_is_away(make_host: Callable[..., Host], collector: Receiver) -> None:
    """Runs do not notice that the collector refuses connections, the status says so, and what ended meanwhile arrives
    when it is back, also after a restart of aegisd. What it does not want is counted and told of."""
    config = CONFIG.format(port=collector.port)
    host = make_host(config)
    assert host.finish(host.run("ci"))["result"] == "failure"
    host.wait_until(lambda: host.call("GetStatus")["telemetry"]["error"], 60)
    assert "failing" in host.ctl("status").stdout
    assert host.stop() == 0
    collector.start()
    try:
        host.start()
        host.wait_until(lambda: len(_spans(collector)) == 4, 60)

        def refuse(received: Received) -> int:
            return 400 if b"resourceSpans" in received.body else 200

        collector.answer = refuse
        host.finish(host.run("ci"))
        telemetry = host.wait_until(lambda: (found := host.call("GetStatus")["telemetry"])["lost"] and found, 60)
        assert telemetry["lost"] == 4
        assert "4 lost" in host.ctl("status").stdout
    finally:
        collector.close()


def test_reload(make_host: Callable[..., Host], collector: Receiver) -> None:
    """Sending begins, moves and ends with a reload; nothing is sent before, and what ended before is not made up."""
    config = CONFIG.format(port=collector.port)
    section, workflows = config.split("\n\n", 1)
    host = make_host(workflows)
    collector.start()
    other = Receiver()
    other.start()
    try:
        host.finish(host.run("ci"))
        assert host.call("GetStatus")["telemetry"] is None
        assert "spans" not in host.ctl("status").stdout

        def reload(text: str) -> None:
            host.write_config(f"{text}\n\n{workflows}")
            host.call("Reload")

        reload(section)
        second = host.run("ci")
        host.finish(second)
        host.wait_until(lambda: len(_spans(collector)) == 4, 60)
        reload(section.replace(str(collector.port), str(other.port)))
        third = host.run("ci")
        host.finish(third)
        host.wait_until(lambda: len(_spans(other)) == 4, 60)
        reload("")
        assert host.call("GetStatus")["telemetry"] is None
        seen = {_attributes(each).get("cicd.pipeline.run.id") for each in _spans(collector) + _spans(other)}
        assert seen - {None} == {str(second), str(third)}
    finally:
        collector.close()
        other.close()
