"""Redeliver: deliveries or events once more, with the ids that they had."""

from typing import Any

from aegisd.control.bounds import read_number
from aegisd.control.call import Call
from aegisd.moments import parse_moment
from aegisd.wire.errors import CallError


async def redeliver(call: Call) -> dict[str, Any]:
    """How many deliveries are, or with `dry` would be, sent once more."""
    asked, desk = call.parameters, call.daemon.webhooks
    ids, failed, first = asked.get("ids", []), asked.get("failed", False), read_number(asked, "from", least=1)
    webhook, dry = asked.get("webhook"), asked.get("dry", False)
    if sum((bool(ids), failed, first is not None)) != 1:
        raise CallError("BadParameter", "Redeliver takes one of `ids`, `failed` and `from`")
    if first is not None:
        return {"count": await desk.replay(first=first, webhook=webhook, by=call.by, dry=dry)}
    if failed:
        since = parse_moment(asked.get("since"), name="since", now=call.now)
        return {"count": await desk.redeliver_failed(webhook=webhook, since=since, by=call.by, dry=dry)}
    return {"count": len(ids) if dry else await desk.redeliver(ids, by=call.by)}
