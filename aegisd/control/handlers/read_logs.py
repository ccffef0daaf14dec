"""ReadLogs: the output of steps, what there is or until they have ended."""

from typing import Any

from aegisd.control.bounds import read_number
from aegisd.control.call import Call
from aegisd.control.replies import encode_log


async def read_logs(call: Call) -> dict[str, Any]:
    """Sends the output piece by piece; the last reply is empty."""
    asked = call.parameters
    stream = await call.daemon.open_logs(
        asked["run"],
        steps=asked.get("steps"),
        attempt=read_number(asked, "attempt", least=0) or 0,
        follow=asked.get("follow", False),
        lines=read_number(asked, "lines", least=0),
    )
    while (piece := await stream.read()) is not None:
        await call.send(encode_log(piece))
    return {}
