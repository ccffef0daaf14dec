"""The table of executors. Pure."""

from __future__ import annotations

from aegisctl.marks import mark_of, mark_width
from aegisctl.table import Column, format_table
from aegisd.wire.units import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.terminal import Terminal

_MARKS = {"up": "success", "down": "failure", "unknown": "pending"}


def format_executors(executors: Sequence[Mapping[str, Any]], *, terminal: Terminal) -> list[str]:
    """One row an executor: whether it answers, its nodes, what of ours waits and runs there, and what went wrong."""
    columns = [
        Column("EXECUTOR"),
        Column("TYPE", spare=True),
        Column("STATE"),
        Column("WAITING", right=True),
        Column("RUNNING", right=True),
        Column("NODES", free=True),
        Column("DETAIL", free=True, spare=True),
        Column("LAST ERROR", free=True),
    ]
    rows = []
    for each in executors:
        row = [
            each["name"],
            each.get("type") or "-",
            say_state(each),
            str(each["waiting"]),
            str(each["running"]),
            format_nodes(each["nodes"]) or "-",
            each.get("detail") or "-",
            each.get("last_error") or "-",
        ]
        rows.append((mark_of(_MARKS.get(each["state"], "pending"), terminal), row))
    return format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal))


def say_state(executor: Mapping[str, Any]) -> str:
    """`up`, or `down for 3m05s`."""
    silent_s = None if executor["state"] == "up" else executor.get("silent_s")
    return str(executor["state"]) + ("" if silent_s is None else f" for {format_duration(silent_s)}")


def format_nodes(nodes: Mapping[str, int]) -> str:
    """`2 idle, 1 down`."""
    return ", ".join(f"{count} {state}" for state, count in nodes.items())
