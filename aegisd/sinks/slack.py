"""The format `slack`: a line of text and a line of context for an incoming webhook of Slack. Pure.

People read this, so it tells of runs and of aegis itself, never of single steps.
"""

from aegisd.core import events
from aegisd.core.codec import encode_value
from aegisd.core.events import Event
from aegisd.core.model import Result
from aegisd.sinks.message import Message
from aegisd.wire.units import format_duration

_MARKS = {
    Result.SUCCESS: ":white_check_mark:",
    Result.FAILURE: ":x:",
    Result.ERROR: ":warning:",
    Result.TIMEOUT: ":hourglass:",
    Result.CANCELLATION: ":no_entry_sign:",
    Result.SKIP: ":heavy_minus_sign:",
}
_VERBS = {
    Result.SUCCESS: "passed",
    Result.FAILURE: "failed",
    Result.ERROR: "ended with an error",
    Result.TIMEOUT: "timed out",
    Result.CANCELLATION: "was cancelled",
    Result.SKIP: "was skipped",
}
_LONGEST = 500


def encode_slack(message: Message) -> bytes | None:
    """The message, or None for an event that people are not told of here."""
    line = _say(message)
    if line is None:
        return None
    event = message.event
    context = f"{_escape(message.host)} · {event.time} · {_escape(event.type)}"
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": line}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": context}]},
    ]
    return encode_value({"text": line, "blocks": blocks})


def _say(message: Message) -> str | None:
    event = message.event
    data = event.data
    if isinstance(data, events.WorkflowCompleted):
        reason = "" if data.result is Result.SUCCESS or not data.reason else f": {_escape(data.reason[:_LONGEST])}"
        took = format_duration(data.duration_s)
        return f"{_MARKS[data.result]} {_name_run(message)} {_VERBS[data.result]} after {took}{reason}"
    if isinstance(data, events.StepStarted | events.StepCompleted | events.StepSkipped | events.StepRetrying):
        return None
    if isinstance(data, events.FailureDetected):
        step = f"step {_escape(event.step or '')} of {_name_run(message)}"
        return f"{_MARKS[data.result]} {step} failed: {_escape(data.error[:_LONGEST])}"
    return f":information_source: {_name_run(message)} {_escape(event.type)}{_tell(event)}"


def _name_run(message: Message) -> str:
    event = message.event
    if event.run is None:
        return _escape(message.host)
    name = f"{_escape(event.workflow or '')} #{event.run}"
    return f"<{message.url}|{name}>" if message.url else name


def _tell(event: Event) -> str:
    """The words of an event, where it has some."""
    names = ("webhook", "by", "reason", "error")
    words = [str(value) for name in names if isinstance(value := getattr(event.data, name, None), str) and value]
    return f": {_escape(', '.join(words)[:_LONGEST])}" if words else ""


def _escape(text: str) -> str:
    """The three signs that mean something to Slack (api.slack.com, "Formatting text for app surfaces")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
