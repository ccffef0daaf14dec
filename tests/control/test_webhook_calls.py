"""The methods about webhooks over the real socket: what reaches the desk, and that replies fit the interface file."""

import os
import pwd
from pathlib import Path
from typing import Any

from aegisd.control.service import INTERFACES
from aegisd.core.delivery import DeliveryFilter
from aegisd.core.parameters import fits
from aegisd.wire.errors import INTERFACE
from tests.control.client import Client, open_client, open_server

ME = pwd.getpwuid(os.geteuid()).pw_name


async def _check(client: Client, method: str, **parameters: Any) -> dict[str, Any]:
    reply = await client.call(method, **parameters)
    assert "error" not in reply, reply
    declared = INTERFACES[INTERFACE]
    assert fits(reply["parameters"], declared.methods[method].reply, declared.types)
    answer: dict[str, Any] = reply["parameters"]
    return answer


async def test_answers_fit_the_interface(tmp_path: Path) -> None:
    """All methods that answer once answer what the interface file declares."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        assert (await _check(client, "ListWebhooks"))["webhooks"][0]["name"] == "ci"
        assert (await _check(client, "TestWebhook", webhook="ci"))["error"] == "timeout"
        assert (await _check(client, "EnableWebhook", webhook="ci")) == {}
        assert (await _check(client, "DisableWebhook", webhook="ci")) == {}
        assert (await _check(client, "ListOutgoing"))["deliveries"][0]["id"] == 7
        assert (await _check(client, "GetOutgoing", id=7))["body"] == "{}"
        assert (await _check(client, "Redeliver", ids=[7, 8])) == {"count": 2}


async def test_deliveries_as_they_are_tried(tmp_path: Path) -> None:
    """FollowOutgoing streams; each reply fits the interface file."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        replies = await client.stream_replies("FollowOutgoing", webhook="ci", failed=True)
        assert [reply["parameters"].get("delivery", {}).get("id") for reply in replies] == [7, 8, None]
        declared = INTERFACES[INTERFACE]
        reply_type = declared.methods["FollowOutgoing"].reply
        assert all(fits(reply["parameters"], reply_type, declared.types) for reply in replies)
        assert served.daemon.webhooks.asked == [("ci", True)]


async def test_what_reaches_the_desk(tmp_path: Path) -> None:
    """Commands carry who gave them, from the kernel; filters are translated."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await client.call("EnableWebhook", webhook="ci")
        await client.call("DisableWebhook", webhook="ci", reason="moved")
        await client.call("Redeliver", ids=[7])
        await client.call("Redeliver", failed=True, since="2h", webhook="ci")
        await client.call("Redeliver", **{"from": 4711}, dry=True)
        await client.call("ListOutgoing", webhook="ci", failed=True, run=3, states=["dead"], limit=5)
        assert served.daemon.calls == [
            ("enable", "ci", ME),
            ("disable", "ci", ME, "moved"),
            ("redeliver", [7], ME),
            ("redeliver_failed", "ci", "2026-11-21T06:00:31.204Z", ME, False),
            ("replay", 4711, None, ME, True),
        ]
        wanted = DeliveryFilter(webhook="ci", failed=True, run=3, states=("dead",), limit=5)
        assert served.daemon.webhooks.asked == [wanted]


async def test_refusals(tmp_path: Path) -> None:
    """What is not there has an error of its own; Redeliver takes one of its three ways."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        assert (await client.call("TestWebhook", webhook="x"))["error"] == f"{INTERFACE}.NoSuchWebhook"
        assert (await client.call("GetOutgoing", id=8))["error"] == f"{INTERFACE}.NoSuchOutgoing"
        for wanted in ({}, {"ids": [1], "failed": True}, {"failed": True, "from": 1}, {"from": 0}):
            assert (await client.call("Redeliver", **wanted))["error"] == f"{INTERFACE}.BadParameter"
        assert served.daemon.calls == []
