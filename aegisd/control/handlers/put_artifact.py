"""PutArtifact: one more artifact of a run, in one piece or several; answered once what came is kept."""

import binascii
from typing import Any

from aegisd.control.call import Call
from aegisd.wire.errors import CallError


async def put_artifact(call: Call) -> dict[str, Any]:
    """Where the next piece goes, or what was kept. What shows the token of an attempt puts into its own run only."""
    wanted = call.parameters
    try:
        data = binascii.a2b_base64(wanted["data"], strict_mode=True)
    except ValueError as error:
        message = f"data is not base64: {error}"
        raise CallError("BadParameter", message) from None
    return await call.daemon.artifacts.put(
        find_run(call),
        wanted["key"],
        data,
        type=wanted.get("type"),
        upload=wanted.get("upload"),
        last=wanted["last"],
        author=call.attempt or call.by,
    )


def find_run(call: Call) -> int:
    """The run that a call is about: an attempt's own, or the one that is named. Raises CallError."""
    run: int | None = call.parameters.get("run")
    if call.attempt is not None:
        if run not in {None, call.attempt.run}:
            message = f"a step of run #{call.attempt.run} has nothing to say about run #{run}"
            raise CallError("PermissionDenied", message)
        return call.attempt.run
    if run is None:
        raise CallError("BadParameter", "run is missing")
    return run
