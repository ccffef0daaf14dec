"""The format `github-status`: the state of a run as the status of the commit that it is about. Pure.

A run says which commit in its parameter `sha`. One that has none, or something else in it, is not told.
"""

import re
from collections.abc import Mapping

from aegisd.core import events
from aegisd.core.codec import encode_value
from aegisd.core.events import EventData
from aegisd.core.model import Result
from aegisd.sinks.message import Message

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LONGEST = 140
_STATES = {
    Result.SUCCESS: "success",
    Result.FAILURE: "failure",
    Result.TIMEOUT: "failure",
    Result.ERROR: "error",
    Result.CANCELLATION: "error",
    Result.SKIP: "error",
}
_WORDS = {
    Result.SUCCESS: "passed",
    Result.FAILURE: "failed",
    Result.TIMEOUT: "timed out",
    Result.ERROR: "ended with an error",
    Result.CANCELLATION: "cancelled",
    Result.SKIP: "skipped",
}


def encode_status(message: Message) -> bytes | None:
    """A commit status (docs.github.com, REST API, "Commit statuses"), or None when the event changes no state."""
    state = _tell_state(message.event.data)
    if state is None or find_commit(message.params) is None:
        return None
    body = {"state": state[0], "context": f"aegis/{message.event.workflow}", "description": state[1][:_LONGEST]}
    if message.url is not None:
        body["target_url"] = message.url
    return encode_value(body)


def find_commit(params: Mapping[str, str]) -> dict[str, str] | None:
    """What `{sha}` stands for; None where there is no commit."""
    sha = params.get("sha", "")
    return {"sha": sha} if _SHA.fullmatch(sha) else None


def _tell_state(data: EventData) -> tuple[str, str] | None:
    if isinstance(data, events.WorkflowQueued):
        return "pending", "queued"
    if isinstance(data, events.WorkflowStarted):
        return "pending", "running"
    if isinstance(data, events.WorkflowResumed):
        return "pending", "running again after a restart"
    if isinstance(data, events.WorkflowCompleted):
        reason = f": {data.reason}" if data.reason and data.result is not Result.SUCCESS else ""
        return _STATES[data.result], f"{_WORDS[data.result]} after {data.duration_s:.1f} s{reason}"
    return None
