"""An event in a few words: the mark it gets and what it says beside its step. Pure; what comes in is escaped."""

from __future__ import annotations

from aegisctl.event_text_jobs import DESCRIBE as DESCRIBE_JOBS
from aegisctl.event_text_qa import DESCRIBE as DESCRIBE_QA
from aegisctl.report_words import describe_tests
from aegisctl.run_words import describe_end, describe_exit, describe_part, describe_trigger, describe_warning
from aegisctl.text import escape, plural
from aegisctl.webhook_words import WEBHOOK_EVENTS
from aegisd.wire.units import format_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Words = tuple[str, str]


def describe_event(event: Mapping[str, Any]) -> tuple[str, str]:
    """The kind (a key of MARKS) and the words of an event; of one that this version does not know, its data."""
    describe = _DESCRIBE.get(event["type"])
    if describe is None:
        is_report = event["type"].partition(".")[0] in _REPORTS and "message" in (event.get("data") or {})
        describe = _describe_report if is_report else _describe_unknown
    return describe(event, event.get("data") or {})


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}s"


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _quoted(reason: str | None) -> str:
    return f'"{escape(reason)}"' if reason else ""


def _describe_queued(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    again = f"again after #{data['retry_of']}" if data.get("retry_of") else ""
    return "pending", _join(
        describe_trigger(data.get("trigger") or {"kind": "manual"}, parent=data.get("parent")),
        _quoted(data.get("reason")),
        again,
        describe_part(data["part"]) if data.get("part") else "",
    )


def _describe_started(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "executing", plural(data.get("step_count", 0), "step")


def _describe_resumed(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    cut = escape(", ".join(data.get("interrupted") or ()))
    left = f"{_seconds(data['left_s'])} left" if data.get("left_s") is not None else ""
    return "executing", ", ".join(filter(None, [f"{cut} again" if cut else "", left]))


def _describe_completed(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return str(data.get("result")), describe_end(data)


def _describe_cancellation(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "cancellation", _join(f"by {escape(data.get('by') or '?')}", _quoted(data.get("reason")))


def _describe_phase(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "executing", f"{escape(data.get('previous') or '-')} → {escape(data.get('next') or '-')}"


def _describe_step_started(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "executing", escape(" ".join(str(data.get("command") or "").split()))


def _describe_retrying(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    failed, left = data.get("failed") or {}, data.get("retries_left", 0)
    again = f"again in {_seconds(data.get('delay_s'))} ({left} left)"
    return "timeout", f"{describe_exit(failed)}, {again}"


def _describe_interrupted(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    cut = data.get("cut") or {}
    return "error", f"attempt {cut.get('attempt', 1)} cut short by the end of aegisd, again"


def _describe_adopted(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    ended = ", has ended meanwhile" if data.get("ended") else ""
    return "executing", f"went on without aegisd{ended}, after {_seconds(data.get('after_s'))}"


def _describe_step_completed(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    attempts = len(data.get("attempts") or ())
    tries = f"({attempts} attempts)" if attempts > 1 else ""
    allowed = "(may fail)" if data.get("allowed") and not data.get("success") else ""
    said = (describe_tests(data), describe_exit(data), describe_warning(data), _seconds(data.get("duration_s")))
    words = _join(*said, tries, allowed)
    return str(data.get("result")), words


def _describe_saved(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    artifacts: Sequence[Mapping[str, Any]] = data.get("artifacts") or ({},)
    first, more = artifacts[0], len(artifacts) - 1
    by = f"by {escape(data['by'])}" if data.get("by") else ""
    others = f"and {plural(more, 'other')}" if more else f"({format_size(first.get('size') or 0)})"
    return "success", _join(escape(first.get("key") or "?"), others, by)


def _describe_artifact_refused(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    refused: Sequence[Mapping[str, Any]] = data.get("refused") or ({},)
    more = len(refused) - 1 + int(data.get("more") or 0)
    first = f"{escape(refused[0].get('name') or '?')}: {escape(refused[0].get('reason') or '')}"
    return "failure", _join(first, f"and {plural(more, 'other')}" if more else "")


def _describe_deleted(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "cancellation", f"{escape(data.get('key'))} by {escape(data.get('by'))}"


def _describe_skipped(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "skip", escape(data.get("reason") or "")


def _describe_failure(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return str(data.get("result")), escape(data.get("error") or "")


def _describe_daemon_started(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    cut = [f"#{number}" for number in data.get("interrupted") or ()]
    interrupted = f"interrupted: {', '.join(cut)}" if cut else ""
    return "executing", ", ".join(filter(None, [f"{data.get('version')}, epoch {data.get('epoch')}", interrupted]))


def _describe_daemon_stopping(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "cancellation", escape(data.get("reason") or "")


def _describe_drained(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    executing = [f"#{number}" for number in data.get("executing") or ()]
    still = f"still executing: {', '.join(executing)}" if executing else ""
    return "pending", ", ".join(filter(None, [f"by {escape(data.get('by'))}", still]))


def _describe_undrained(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "executing", f"by {escape(data.get('by'))}"


def _describe_reloaded(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return (
        "success",
        f"by {escape(data.get('by'))}: {escape('; '.join(data.get('changes') or ()) or 'nothing changed')}",
    )


def _describe_refused(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    errors = data.get("errors") or ("",)
    return "failure", f"{plural(len(errors), 'error')}, the first: {escape(errors[0])}"


def _describe_missed(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    about = f"after #{data['parent']}" if data.get("parent") else f"due {data['due']}" if data.get("due") else ""
    more = f"and {data['number'] - 1} before" if data.get("number", 1) > 1 else ""
    later = "(one run makes up for it)" if data.get("later") else ""
    return "error", _join(
        escape(data.get("name") or "?"), escape(about), f"{more}:".strip(), escape(data.get("reason") or ""), later
    )


def _describe_failing(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "failure", f"{escape(data.get('name'))}: {escape(data.get('error') or '')}"


def _describe_recovered(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    lost = f", {plural(data['lost'], 'event')} given up" if data.get("lost") else ""
    return "success", f"{escape(data.get('name'))} after {plural(data.get('failures', 0), 'failure')}{lost}"


def _describe_report(event: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    """What an agent tells: the mark says how it went, the words who it was and the first things that it says."""
    ending = str(event["type"]).rpartition(".")[2]
    kind = next((kind for kind, endings in _REPORT_KINDS.items() if ending in endings), "executing")
    who = "/".join(escape(data[name]) for name in ("role", "model", "task") if data.get(name))
    said = (escape(data[name]) for name in _REPORT_WORDS if data.get(name))
    tokens = f"{data['prompt_tokens']} + {data['completion_tokens']} tokens" if "completion_tokens" in data else ""
    cost = f"${data['cost_usd']:.4f}" if data.get("cost_usd") is not None else ""
    return kind, _join(f"[{who}]" if who else "", *said, tokens, cost, _seconds(data.get("duration_s")))


def _describe_token(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    scopes = f" ({escape(', '.join(data.get('scopes') or ()))})" if data.get("scopes") else ""
    return "success" if scopes else "cancellation", f"{escape(data.get('name'))}{scopes} by {escape(data.get('by'))}"


def _describe_unknown(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "executing", " ".join(f"{escape(key)}={_show_value(value)}" for key, value in data.items())


def _show_value(value: object) -> str:
    """Text as it is, anything else as JSON."""
    if isinstance(value, str):
        return escape(value)
    import json  # noqa: PLC0415 - few events hold more than text

    return escape(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


_REPORT_KINDS = {
    "success": ("completed", "passed", "answered", "responded", "applied", "created", "updated"),
    "failure": ("failed", "blocked", "error"),
    "timeout": ("retrying", "warned", "warning"),
    "cancellation": ("aborted",),
    "skip": ("skipped",),
    "pending": ("scheduled", "requested"),
}
_REPORT_WORDS = ("gate", "check", "key", "command", "question", "answer", "message", "reason", "error")
_REPORTS = (
    "session",
    "task",
    "agent",
    "llm",
    "model",
    "gate",
    "diff",
    "command",
    "verification",
    "artifact",
    "clarification",
    "note",
)

_DESCRIBE: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Words]] = {
    "workflow.queued": _describe_queued,
    "workflow.started": _describe_started,
    "workflow.resumed": _describe_resumed,
    "workflow.completed": _describe_completed,
    "cancellation.requested": _describe_cancellation,
    "phase.transition": _describe_phase,
    "step.started": _describe_step_started,
    "step.retrying": _describe_retrying,
    "step.interrupted": _describe_interrupted,
    "step.adopted": _describe_adopted,
    "step.completed": _describe_step_completed,
    "step.skipped": _describe_skipped,
    "failure.detected": _describe_failure,
    "artifact.saved": _describe_saved,
    "artifact.refused": _describe_artifact_refused,
    "artifact.deleted": _describe_deleted,
    "daemon.started": _describe_daemon_started,
    "daemon.stopping": _describe_daemon_stopping,
    "daemon.drained": _describe_drained,
    "daemon.resumed": _describe_undrained,
    "config.reloaded": _describe_reloaded,
    "config.refused": _describe_refused,
    "trigger.missed": _describe_missed,
    "subscription.failing": _describe_failing,
    "subscription.recovered": _describe_recovered,
    **WEBHOOK_EVENTS,
    **DESCRIBE_QA,
    **DESCRIBE_JOBS,
    "token.created": _describe_token,
    "token.revoked": _describe_token,
}
