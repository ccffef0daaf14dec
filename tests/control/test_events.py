"""ListEvents and CountEvents: pages of events, their number, and the filters that all methods about events share."""

from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from aegisd.control.service import INTERFACES
from aegisd.core.codec import encode_event
from aegisd.core.events import Event
from aegisd.core.events.agent import LlmResponded
from aegisd.core.parameters import fits
from aegisd.core.record import EventFilter, Record
from aegisd.sinks.base import Terms
from aegisd.wire.errors import INTERFACE
from tests.control.client import open_client, open_server
from tests.control.fake_daemon import EPOCH, NOW
from tests.sinks.kit import Listener, fail

CONTROL = INTERFACES[INTERFACE]


def _check(method: str, answer: dict[str, Any]) -> dict[str, Any]:
    assert fits(answer["parameters"], CONTROL.methods[method].reply, CONTROL.types)
    return dict(answer["parameters"])


async def test_pages_back(tmp_path: Path) -> None:
    """S99: the newest events first, then page by page back to the first one, each once; `next` ends with null."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await served.daemon.emit(5, run=1)
        await served.daemon.emit(2, run=2)
        seen: list[int] = []
        before = None
        while True:
            given = {} if before is None else {"before": before}
            page = _check("ListEvents", await client.call("ListEvents", limit=3, **given))
            seen += [event["seq"] for event in page["events"]]
            before = page["next"]
            if before is None:
                break
        assert seen == [7, 6, 5, 4, 3, 2, 1]
        newest = _check("ListEvents", await client.call("ListEvents", limit=1))["events"][0]
        assert newest["cursor"] == f"{EPOCH}.7"
        assert newest["data"]["queued_s"] == 0.1


async def test_pages_forward(tmp_path: Path) -> None:
    """After a cursor: the oldest first, with filters."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        for run in (1, 2, 1, 2, 1):
            await served.daemon.emit(1, run=run)
        page = _check("ListEvents", await client.call("ListEvents", after=f"{EPOCH}.1", run=1, limit=1))
        assert [event["seq"] for event in page["events"]] == [3]
        page = _check("ListEvents", await client.call("ListEvents", after=page["next"], run=1, limit=2))
        assert [event["seq"] for event in page["events"]] == [5]
        assert page["next"] is None


async def test_counts(tmp_path: Path) -> None:
    """S99: how many there are, of a type, of a kind, of a run."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await served.daemon.emit(5, run=1)
        await served.daemon.emit(2, run=2)
        for wanted, count in (
            ({}, 7),
            ({"run": 2}, 2),
            ({"types": ["workflow.*"]}, 7),
            ({"types": ["*"], "run": 1}, 5),
            ({"types": ["step.*"]}, 0),
        ):
            assert _check("CountEvents", await client.call("CountEvents", **wanted)) == {"count": count}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"types": []}, "types has 0 entries"),
        ({"steps": ["s"] * 65}, "steps has 65 entries"),
        ({"types": ["*.completed"]}, '"*.completed" is no event type'),
        ({"types": [""]}, '"" is no event type'),
        ({"limit": 0}, "limit is 0; it must be 1 to 1000"),
        ({"limit": -1}, "limit is -1"),
        ({"after": f"{EPOCH}.1", "before": f"{EPOCH}.2"}, "after and before cannot both be given"),
        ({"since": "yesterday noon"}, "is not a time"),
    ],
)
async def test_what_is_refused(tmp_path: Path, wanted: dict[str, Any], words: str) -> None:
    """W2.20, W4.9: an empty list is not "all", a limit is at least 1, a pattern ends in `.*` or is no pattern."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        answer = await client.call("ListEvents", **wanted)
        assert answer["error"] == f"{INTERFACE}.BadParameter"
        assert words in answer["parameters"]["message"]


async def test_usage(tmp_path: Path) -> None:
    """S103: the sum, and its parts by what was asked for; nothing where no model was asked."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        empty = _check("GetUsage", await client.call("GetUsage"))
        assert (empty["total"]["calls"], empty["total"]["cost_usd"], empty["usage"]) == (0, None, [])
        for seq, (role, tokens) in enumerate((("coder", 5), ("tester", 7), ("coder", 1)), 1):
            data = LlmResponded(role=role, model="m", prompt_tokens=tokens, cost_usd=0.5)
            event = Event(seq=seq, id=f"id{seq}", type=data.type, time=NOW, run=1, workflow="w", step="s", data=data)
            await served.daemon.announce([Record(event=event, body=encode_event(event))])
        answer = _check("GetUsage", await client.call("GetUsage", by=["role", "step"]))
        assert answer["total"] | {"group": None} == {
            "calls": 3,
            "prompt_tokens": 13,
            "completion_tokens": 0,
            "total_tokens": 13,
            "cost_usd": 1.5,
            "unpriced": 0,
            "group": None,
        }
        assert [(each["group"], each["total_tokens"]) for each in answer["usage"]] == [
            ({"role": "tester", "step": "s"}, 7),
            ({"role": "coder", "step": "s"}, 6),
        ]
        refused = await client.call("GetUsage", by=["colour"])
        assert 'usage is not split by "colour"' in refused["parameters"]["message"]
        assert (await client.call("GetUsage", run=9))["error"] == f"{INTERFACE}.NoSuchRun"


async def test_subscriptions(tmp_path: Path) -> None:
    """S81: what there is, how each stands, and with a name its last deliveries."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        empty = _check("ListSubscriptions", await client.call("ListSubscriptions"))
        assert empty == {"subscriptions": []}
        subscriptions = served.daemon.subscriptions
        served.nursery.start_soon(subscriptions.run)
        await subscriptions.add("good", EventFilter(types=frozenset({"workflow.*"})), Listener(), Terms())
        await subscriptions.add("bad", EventFilter(), Listener(fail(9)), Terms())
        await served.daemon.emit(2)
        await trio.testing.wait_all_tasks_blocked()
        listed = _check("ListSubscriptions", await client.call("ListSubscriptions"))["subscriptions"]
        assert [(each["name"], each["events"], each["state"]) for each in listed] == [
            ("good", ["workflow.*"], "working"),
            ("bad", ["*"], "failing"),
        ]
        assert [each["deliveries"] for each in listed] == [[], []]
        bad = _check("ListSubscriptions", await client.call("ListSubscriptions", name="bad"))["subscriptions"][0]
        assert [each["error"] for each in bad["deliveries"]] == ["the other side is down"] * 2
        refused = await client.call("ListSubscriptions", name="baad")
        assert refused["parameters"]["hint"] == 'did you mean "bad"?'
