"""What a step used and what had to be killed of it, in words. Pure; an older aegisd tells neither."""

from __future__ import annotations

from aegisctl.text import escape
from aegisd.wire.units import format_duration, format_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def describe_use(attempts: Sequence[Mapping[str, Any]]) -> str:
    """All attempts of a step in short: `cpu 9.0s  180 MiB  2 killed`."""
    usages = [attempt["usage"] for attempt in attempts if attempt.get("usage")]
    spent = [_cpu(usage) for usage in usages]
    memory = max((usage.get("memory_bytes") or 0 for usage in usages), default=0)
    killed = sum(attempt["receipt"]["killed"] for attempt in attempts if attempt.get("receipt"))
    words = [f"cpu {format_duration(sum(spent))}"] if spent else []
    words += [format_size(memory)] if memory else []
    words += [f"{killed} killed"] if killed else []
    return "  ".join(words)


def describe_usage(usage: Mapping[str, Any]) -> str:
    """One attempt in full: `cpu 8.2s user, 0.8s system; 180 MiB of memory; 0 B read, 1.0 MiB written; ...`."""
    parts = []
    if usage.get("user_s") is not None:
        parts.append(f"cpu {format_duration(usage['user_s'])} user, {format_duration(usage['system_s'] or 0)} system")
    if usage.get("memory_bytes"):
        parts.append(f"{format_size(usage['memory_bytes'])} of memory")
    if usage.get("read_bytes") is not None:
        written = format_size(usage.get("written_bytes") or 0)
        parts.append(f"{format_size(usage['read_bytes'])} read, {written} written")
    waits = [f"{escape(name)} {format_duration(spent)}" for name, spent in (usage.get("stalled_s") or {}).items()]
    parts += [f"waited for {', '.join(waits)}"] if waits else []
    return "; ".join(parts)


def describe_receipt(receipt: Mapping[str, Any]) -> str:
    """How all processes went: `3 had to be killed, all gone after 0.3s (cgroup)`."""
    killed = f"{receipt['killed']} had to be killed, " if receipt["killed"] else ""
    if receipt["empty"]:
        return f"{killed}all gone after {format_duration(receipt['took_s'])} ({escape(receipt['strategy'])})"
    left = ", ".join(f"pid {pid}" for pid in receipt["left"]) or "some"
    return f"{killed}still there: {left} ({escape(receipt['strategy'])})"


def _cpu(usage: Mapping[str, Any]) -> float:
    return float((usage.get("user_s") or 0.0) + (usage.get("system_s") or 0.0))
