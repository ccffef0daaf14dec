"""The screens of `triggers deliveries`, as lines. Pure: the time is an argument."""

from __future__ import annotations

from aegisctl.marks import mark_of, mark_width
from aegisctl.table import Column, format_table
from aegisctl.times import format_age
from aegisctl.times import parse_time as at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.terminal import Terminal

_MARKS = {"run": "success", "ignored": "skip", "failed": "error"}


def format_deliveries(deliveries: Sequence[Mapping[str, Any]], *, terminal: Terminal, now: float) -> list[str]:
    """One row a delivery."""
    columns = [
        Column("ID"),
        Column("TRIGGER"),
        Column("EVENT", spare=True),
        Column("BECAME", free=True),
        Column("FROM", spare=True),
        Column("AGE"),
    ]
    rows = []
    for each in deliveries:
        became = f"run #{each['run']}" if each.get("run") else f"{each['outcome']}: {each.get('reason') or ''}"
        if each.get("replay_of"):
            became += f", replay of {each['replay_of']} by {each.get('by') or '?'}"
        row = [
            str(each["id"]),
            each["trigger"],
            each.get("event") or "-",
            became,
            each["source"],
            format_age(now - at(each["time"])),
        ]
        rows.append((mark_of(_MARKS.get(each["outcome"], "pending"), terminal), row))
    return format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal))


def format_refusals(refusals: Sequence[Mapping[str, Any]], *, terminal: Terminal, now: float) -> list[str]:
    """One row a delivery that was refused."""
    columns = [Column("REFUSED"), Column("STATUS"), Column("WHY", free=True), Column("FROM"), Column("AGE")]
    rows = [
        (
            mark_of("failure", terminal),
            [
                each["trigger"] or "(no such name)",
                str(each["status"]),
                each["reason"],
                each["source"],
                format_age(now - at(each["time"])),
            ],
        )
        for each in refusals
    ]
    return format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal))
