"""Telemetry in words: where spans go and what became of them. Pure; what comes in is escaped."""

from __future__ import annotations

from aegisctl.text import escape, plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def describe_telemetry(telemetry: Mapping[str, Any]) -> str:
    """`to http://127.0.0.1:4318: 12 runs, 40 spans; 3 lost; failing: connection refused`."""
    sent = f"{plural(telemetry['runs'], 'run')}, {plural(telemetry['spans'], 'span')}"
    lost = [f"{telemetry['lost']} lost"] if telemetry["lost"] else []
    failing = [f"failing: {escape(telemetry['error'])}"] if telemetry.get("error") else []
    return "; ".join([f"to {escape(telemetry['otlp'])}: {sent}", *lost, *failing])
