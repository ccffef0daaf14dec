"""The methods about webhook deliveries: what they answer, and who may ask."""

import base64
from pathlib import Path

from tests.control.client import open_client, open_server
from tests.control.test_calls import ME, check


async def test_deliveries_fit_the_interface(tmp_path: Path) -> None:
    """Lists, one delivery and a replay answer what the interface file declares."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await served.daemon.hooks.fill()
        listed = await check(client, "ListDeliveries")
        assert [each["id"] for each in listed["deliveries"]] == [2, 1]
        assert [each["status"] for each in listed["refusals"]] == [401]
        assert (await check(client, "ListDeliveries", trigger="other"))["deliveries"] == []
        one = await check(client, "GetDelivery", delivery=1)
        assert (one["headers"], base64.b64decode(one["body"])) == ({"x-event": "push"}, b"{}")
        assert (await check(client, "ReplayDelivery", delivery=2))["run"] == 8
        assert served.daemon.hooks.replayed == [(2, ME)]
        refused = await client.call("GetDelivery", delivery=9)
        assert refused["error"].endswith(".NoSuchDelivery")
        assert (await client.call("ListDeliveries", limit=0))["error"].endswith(".BadParameter")
