"""Events about services and approvals in a few words. Pure; what comes in is escaped."""

from __future__ import annotations

from aegisctl.text import escape
from aegisctl.times import format_span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Words = tuple[str, str]


def _describe_up(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    past = f" after {format_span(data.get('previous_s') or 0.0)}" if data.get("previous") == "down" else ""
    return "success", f"{escape(data.get('service') or '')} answers{past}"


def _describe_down(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "failure", escape(data.get("error") or data.get("service") or "")


def _describe_requested(event: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    how = f" (aegisctl approve {event['run']})" if event.get("run") is not None else ""
    return "pending", f"{escape(data.get('message') or '')}{how}"


def _describe_granted(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "success", _say_by(data)


def _describe_rejected(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "failure", _say_by(data)


def _describe_expired(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "timeout", f"nobody decided within {format_span(data.get('waited_s') or 0.0)}"


def _say_by(data: Mapping[str, Any]) -> str:
    reason = f': "{escape(data["reason"])}"' if data.get("reason") else ""
    return f"by {escape(data.get('by') or '?')}{reason}"


DESCRIBE: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Words]] = {
    "service.up": _describe_up,
    "service.down": _describe_down,
    "approval.requested": _describe_requested,
    "approval.granted": _describe_granted,
    "approval.rejected": _describe_rejected,
    "approval.expired": _describe_expired,
}
