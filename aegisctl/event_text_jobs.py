"""Events about jobs of executors in a few words. Pure; what comes in is escaped."""

from __future__ import annotations

from aegisctl.text import escape
from aegisd.wire.units import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Words = tuple[str, str]


def _describe_submitted(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    number = f" {escape(data['job_id'])}" if data.get("job_id") else ""
    return "pending", f"to {escape(data.get('executor') or '?')} as job{number or ' ' + escape(data.get('job') or '?')}"


def _describe_waiting(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "pending", f"waits at {escape(data.get('executor') or '?')}: {escape(data.get('reason') or '?')}"


def _describe_placed(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    waited = format_duration(data.get("waited_s") or 0.0)
    return "executing", f"on {escape(data.get('nodes') or '?')} ({escape(data.get('executor') or '?')}) after {waited}"


DESCRIBE: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Words]] = {
    "step.submitted": _describe_submitted,
    "step.waiting": _describe_waiting,
    "step.placed": _describe_placed,
}
