"""The screen of `triggers`, as lines. Pure: the time is an argument."""

from __future__ import annotations

from aegisctl.marks import mark_of, mark_width
from aegisctl.table import Column, format_table
from aegisctl.text import escape
from aegisctl.times import format_age, format_due
from aegisctl.times import parse_time as at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.terminal import Terminal


def format_triggers(triggers: Sequence[Mapping[str, Any]], *, terminal: Terminal, now: float, utc: bool) -> list[str]:
    """One row a trigger; below the table, what they missed."""
    columns = [
        Column("TRIGGER"),
        Column("STARTS"),
        Column("WHEN", free=True),
        Column("NEXT"),
        Column("LAST", spare=True),
    ]
    rows = []
    for trigger in triggers:
        due, last = trigger.get("next_at"), trigger.get("last_run")
        age = f" {format_age(now - at(trigger['last_at']))}" if trigger.get("last_at") else ""
        row = [
            trigger["name"],
            trigger["workflow"],
            trigger["about"],
            (format_due(at(due), now=now, utc=utc) if due else "-") if trigger["enabled"] else "disabled",
            f"#{last}{age}" if last else "-",
        ]
        kind = "error" if trigger.get("missed") else "pending" if trigger["enabled"] else "skip"
        rows.append((mark_of(kind, terminal), row))
    lines = format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal))
    missed = [f"{escape(each['name'])}: {escape(each['missed'])}" for each in triggers if each.get("missed")]
    return [*lines, "", *missed] if missed else lines
