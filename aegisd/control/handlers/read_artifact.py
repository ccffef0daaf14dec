"""ReadArtifact: the bytes of one artifact."""

from typing import Any

from aegisd.artifact_desk import show_artifact
from aegisd.control.call import Call
from aegisd.control.replies import encode_bytes


async def read_artifact(call: Call) -> dict[str, Any]:
    """Sends the bytes piece by piece; the last reply says what they belong to."""
    desk = call.daemon.artifacts
    stored = await desk.get(call.parameters["run"], call.parameters["key"])
    offset = 0
    with await desk.open(stored) as file:
        while data := await desk.read(file):
            await call.send(encode_bytes(offset, data))
            offset += len(data)
    return {"artifact": show_artifact(stored)}
