"""The table of services and the lines about them in `status`. Pure: the time is an argument."""

from __future__ import annotations

from aegisctl.marks import mark_of, mark_width
from aegisctl.table import Column, format_table
from aegisctl.text import escape, plural
from aegisctl.times import format_clock, format_since
from aegisctl.times import parse_time as at
from aegisd.wire.units import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.terminal import Terminal

_MARKS = {"up": "success", "down": "failure", "unknown": "pending"}
_MOST = 3


def format_services(services: Sequence[Mapping[str, Any]], *, terminal: Terminal, now: float) -> list[str]:
    """One row a service: whether it is up, since when, how fast it answers, and what was wrong last."""
    columns = [
        Column("SERVICE"),
        Column("STATE"),
        Column("SINCE", right=True),
        Column("LATENCY", right=True, spare=True),
        Column("URL", free=True, spare=True),
        Column("LAST ERROR", free=True),
    ]
    rows = []
    for service in services:
        error = service.get("last_error")
        row = [
            service["name"],
            service["state"],
            format_since(now - at(service["since"])) if service.get("since") else "-",
            format_duration(service["latency_s"]) if service.get("latency_s") is not None else "-",
            service["url"],
            _say_error(service["name"], error) if error else "-",
        ]
        rows.append((mark_of(_MARKS.get(service["state"], "pending"), terminal), row))
    return format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal))


def summarize_services(services: Sequence[Mapping[str, Any]], *, now: float, utc: bool) -> str:
    """`3 up`, `2 of 3 up; qaagent down since 08:00 (refused)`."""
    up = sum(service["state"] == "up" for service in services)
    parts = [f"{up} up" if up == len(services) else f"{up} of {len(services)} up"]
    down = [service for service in services if service["state"] == "down"]
    for service in down[:_MOST]:
        since = at(service["since"]) if service.get("since") else now
        error = service.get("last_error") or {}
        kind = f" ({escape(error['kind'])})" if error.get("kind") else ""
        parts.append(f"{escape(service['name'])} down since {format_clock(since, utc=utc)}{kind}")
    if len(down) > _MOST:
        parts.append(f"{len(down) - _MOST} more down")
    return "; ".join(parts)


def summarize_approvals(approvals: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each question, and how to answer it."""
    lines = [
        f"{escape(each['workflow'])} #{each['run']} {escape(each['step'])}: {escape(each['message'])}"
        for each in approvals[:_MOST]
    ]
    if len(approvals) > _MOST:
        lines.append(f"and {plural(len(approvals) - _MOST, 'more question')}: aegisctl approve")
    return lines


def _say_error(name: str, error: Mapping[str, Any]) -> str:
    """What was wrong, without the name that stands at the head of the row."""
    text = str(error.get("text") or "").removeprefix(f"{name}: ")
    return f"{error['kind']}: {text}" if text else str(error["kind"])
