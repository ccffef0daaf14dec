"""Which events become which deliveries, and as which bytes."""

import json
from typing import Any

import pytest
from attrs import evolve

from aegisd.config.webhook_values import On, WebhookConfig, WebhookFormat
from aegisd.core import events
from aegisd.core.codec import encode_event
from aegisd.core.events import Event, EventData, Unknown
from aegisd.core.model import Attempt, Result, Trigger
from aegisd.core.record import Record
from aegisd.core.state import RunState
from aegisd.sinks.formats import FORMATS
from aegisd.sinks.message import Message
from aegisd.sinks.outbox import Outbox
from tests.sinks.webhook_kit import make_config, make_event
from tests.timeline.kit import virtual_clock

SHA = "3f9c1ab0" * 5
STARTED = events.WorkflowStarted(step_count=4, queued_s=0.2)
STEP = events.StepCompleted(
    step_type="command", result=Result.FAILURE, success=False, duration_s=11.5, service="qaagent", attempts=()
)
FAILURE = events.FailureDetected(step_type="command", result=Result.FAILURE, error="exit <1> & more", service=None)
ENDED = events.WorkflowCompleted(
    result=Result.FAILURE,
    success=False,
    duration_s=18.321,
    steps={"success": 2, "failure": 1, "error": 1, "skip": 1},
    reason="tests failed",
)


def _ended(result: Result) -> EventData:
    return events.WorkflowCompleted(result=result, success=result is Result.SUCCESS, duration_s=1.0, steps={})


def _outbox(*configs: WebhookConfig, results: dict[str, Result] | None = None) -> Outbox:
    outbox = Outbox(clock=virtual_clock(), host="buildhost")
    outbox.configure(configs, results=results or {})
    return outbox


def _collect(outbox: Outbox, *happened: Event, params: dict[str, str] | None = None) -> list[tuple[str, int]]:
    records = [Record(event=event, body=encode_event(event)) for event in happened]
    folds = {3: RunState(id=3, params=params or {})}
    return [(delivery.webhook, delivery.seq) for delivery in outbox.collect(records, folds)]


def _encode(name: WebhookFormat, data: EventData, **more: Any) -> Any:
    event = make_event(data, step="tests")
    message = Message(event=event, encoded=encode_event(event), host="buildhost", **more)
    body = FORMATS[name].encode(message)
    return None if body is None else json.loads(body)


async def test_exact_names_and_all(autojump_clock: object) -> None:
    """S19: exact names and "*", nothing else; an event of a later version goes to "*" and to who names it."""
    later = evolve(make_event(Unknown(fields={"a": 1}), seq=9), type="custom.x")
    outbox = _outbox(
        make_config("all", events=("*",)),
        make_config("ends", events=("workflow.completed",)),
        make_config("glob", events=("workflow.*", "workflow")),
        make_config("own", events=("custom.x", "step.completed")),
    )
    found = _collect(outbox, make_event(STARTED, seq=1), make_event(STEP, seq=2), make_event(ENDED, seq=3), later)
    assert found == [("all", 1), ("all", 2), ("own", 2), ("all", 3), ("ends", 3), ("all", 9), ("own", 9)]


async def test_nobody_wants_it(autojump_clock: object) -> None:
    """Without webhooks, and after the last was taken out, nothing is made."""
    outbox = _outbox()
    assert _collect(outbox, make_event(ENDED)) == []
    outbox.configure([make_config(events=("*",))], results={})
    assert len(_collect(outbox, make_event(ENDED))) == 1
    outbox.configure([], results={})
    assert _collect(outbox, make_event(ENDED)) == []


async def test_one_body_for_all(autojump_clock: object) -> None:
    """An event is encoded once for each format, and has one id for all webhooks."""
    outbox = _outbox(*(make_config(name, events=("*",)) for name in "abc"))
    event = make_event(ENDED)
    made = outbox.collect([Record(event=event, body=encode_event(event))], {})
    assert len({id(delivery.body) for delivery in made}) == 1
    assert {delivery.message for delivery in made} == {"msg_01a1fd20d7cc7b519c5e000000000007"}


async def test_only_changes(autojump_clock: object) -> None:
    """`on = "change"`: an end is told when the workflow ended otherwise the time before; skipped runs do not count."""
    outbox = _outbox(make_config(events=("workflow.completed",), on=On.CHANGE), results={"quality": Result.SUCCESS})
    order = ["SUCCESS", "FAILURE", "FAILURE", "SKIP", "FAILURE", "SUCCESS", "SUCCESS"]
    found = _collect(outbox, *(make_event(_ended(Result[name]), seq=seq) for seq, name in enumerate(order, 1)))
    assert [seq for _, seq in found] == [2, 6]


async def test_a_defect_of_a_format(autojump_clock: object, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be encoded is logged and left out; the event and other webhooks are not touched."""
    broken = evolve(make_event(STEP), step=object())  # type: ignore[arg-type]
    outbox = _outbox(make_config(events=("*",)))
    record = Record(event=broken, body=b"{}")
    fine = make_event(ENDED, seq=8)
    made = outbox.collect([record, Record(event=fine, body=encode_event(fine))], {})
    assert [delivery.seq for delivery in made] == [8]
    assert "cannot make event 7 ready for webhook ci" in caplog.text


def test_aegis_has_the_fields_of_aegis_qa() -> None:
    """S4 to S8, S20, W1.8, W2.3: the four fields of aegis_qa and the data it promised, and what tells runs and events
    apart."""
    body = _encode(WebhookFormat.AEGIS, ENDED, url="https://ci/runs/3")
    assert (body["event_type"], body["workflow_name"]) == ("workflow.completed", "quality")
    assert body["timestamp"] == "2026-11-21T08:00:49.650Z"
    assert body["type"] == body["event_type"]
    assert (body["id"], body["seq"], body["run"], body["step"]) == (
        "01a1fd20-d7cc-7b51-9c5e-000000000007",
        7,
        3,
        "tests",
    )
    assert (body["url"], body["version"], body["attempt"]) == ("https://ci/runs/3", 1, None)
    data = body["data"]
    assert (data["success"], data["total_duration_ms"]) == (False, 18_321.0)
    assert (data["steps_passed"], data["steps_failed"]) == (2, 2)
    assert _encode(WebhookFormat.AEGIS, STARTED)["data"]["step_count"] == 4
    step = _encode(WebhookFormat.AEGIS, STEP)["data"]
    assert {name: step[name] for name in ("step_type", "service", "success", "duration_ms")} == {
        "step_type": "command",
        "service": "qaagent",
        "success": False,
        "duration_ms": 11_500.0,
    }
    failure = _encode(WebhookFormat.AEGIS, FAILURE)["data"]
    assert {"step_type", "service", "error"} <= failure.keys()


def test_bodies_stay_small() -> None:
    """Large fields of large data are left out, and named; the body stays below 20 kB."""
    huge = evolve(
        STEP, data={"log": "x" * 10**6}, attempts=(Attempt(attempt=1, result=Result.FAILURE, duration_s=1.0),)
    )
    event = make_event(huge)
    body = FORMATS[WebhookFormat.AEGIS].encode(Message(event=event, encoded=encode_event(event), host="h"))
    assert body is not None
    assert len(body) < 20_000
    data = json.loads(body)["data"]
    assert (data["left_out"], data["duration_ms"]) == (["data"], 11_500.0)


def test_cloudevents() -> None:
    """Structured mode: the required attributes as strings, and our own body as data."""
    body = _encode(WebhookFormat.CLOUDEVENTS, ENDED)
    head = {name: value for name, value in body.items() if name != "data"}
    assert head == {
        "specversion": "1.0",
        "id": "01a1fd20-d7cc-7b51-9c5e-000000000007",
        "source": "/hosts/buildhost/aegis",
        "type": "io.aegisd.workflow.completed",
        "time": "2026-11-21T08:00:49.650Z",
        "datacontenttype": "application/json",
        "sequence": "00000000000000000007",
        "subject": "runs/3",
    }
    assert body["data"] == _encode(WebhookFormat.AEGIS, ENDED)
    assert FORMATS[WebhookFormat.CLOUDEVENTS].content_type == b"application/cloudevents+json"


def test_slack() -> None:
    """A line and a context, what means something to Slack escaped, a link where there is a page; never a step."""
    body = _encode(WebhookFormat.SLACK, ENDED, url="https://ci/runs/3")
    assert body["text"] == ":x: <https://ci/runs/3|quality #3> failed after 18.3s: tests failed"
    assert [block["type"] for block in body["blocks"]] == ["section", "context"]
    assert body["blocks"][0]["text"]["text"] == body["text"]
    assert _encode(WebhookFormat.SLACK, STEP) is None
    failure = _encode(WebhookFormat.SLACK, FAILURE)["text"]
    assert failure == ":x: step tests of quality #3 failed: exit &lt;1&gt; &amp; more"
    told = _encode(WebhookFormat.SLACK, events.WebhookDisabled(webhook="ci", reason="gone <!channel>"))
    assert "<!channel>" not in told["text"]


@pytest.mark.parametrize("result", list(Result))
def test_slack_and_github_know_every_result(result: Result) -> None:
    """However a run ends, both have words for it."""
    assert "quality #3" in _encode(WebhookFormat.SLACK, _ended(result))["text"]
    status = _encode(WebhookFormat.GITHUB_STATUS, _ended(result), params={"sha": SHA})
    assert status["state"] in {"success", "failure", "error"}
    assert (status["state"] == "success") == (result is Result.SUCCESS)


def test_github_status() -> None:
    """The states of a run as GitHub knows them; the description within 140 signs, the page as target."""
    queued = events.WorkflowQueued(trigger=Trigger(), definition="d", step_count=1)
    for data, words in ((queued, "queued"), (STARTED, "running")):
        status = _encode(WebhookFormat.GITHUB_STATUS, data, params={"sha": SHA})
        assert status == {"state": "pending", "context": "aegis/quality", "description": words}
    ended = evolve(ENDED, reason="x" * 500)
    status = _encode(WebhookFormat.GITHUB_STATUS, ended, params={"sha": SHA}, url="https://ci/runs/3")
    assert (status["state"], len(status["description"])) == ("failure", 140)
    assert status["target_url"] == "https://ci/runs/3"
    assert _encode(WebhookFormat.GITHUB_STATUS, STEP, params={"sha": SHA}) is None


@pytest.mark.parametrize("sha", [None, "", "main", "../../x", SHA.upper(), SHA[:39], f"{SHA}/x", f"{SHA}\n"])
async def test_only_commits_get_into_the_address(sha: str | None, autojump_clock: object) -> None:
    """A parameter that is no commit is not sent, and never becomes part of an address."""
    url = "https://api.github.com/repos/dev1/app/statuses/{sha}"
    outbox = _outbox(make_config(events=("*",), format=WebhookFormat.GITHUB_STATUS, url=url))
    params = {} if sha is None else {"sha": sha}
    assert _collect(outbox, make_event(ENDED), params=params) == []
    event = make_event(ENDED)
    (made,) = outbox.collect([Record(event=event, body=b"")], {3: RunState(id=3, params={"sha": SHA})})
    assert made.fills == {"sha": SHA}


def test_the_registry_is_complete() -> None:
    """Each format of the configuration has its encoder."""
    assert set(FORMATS) == set(WebhookFormat)
