"""The screens of `subscriptions`, as lines. Pure."""

from __future__ import annotations

from aegisctl.marks import mark_of, mark_width
from aegisctl.table import Column, format_table, format_tsv
from aegisctl.text import escape, plural
from aegisctl.times import format_clock, parse_time
from aegisd.wire.units import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.terminal import Terminal


def format_subscriptions(found: Sequence[Mapping[str, Any]], *, terminal: Terminal) -> list[str]:
    """One row each."""
    if not terminal.tty:
        keys = ("name", "type", "state", "behind", "delivered", "lost", "error")
        return [format_tsv([each[key] for key in keys]) for each in found]
    columns = [Column("NAME"), Column("TYPE"), Column("BEHIND", right=True), Column("DELIVERED", right=True)]
    columns += [Column("LOST", right=True), Column("ERROR", free=True)]
    rows = []
    for each in found:
        mark = mark_of("failure" if each["state"] == "failing" else "executing", terminal)
        numbers = [str(each[key]) for key in ("behind", "delivered", "lost")]
        rows.append((mark, [each["name"], each["type"], *numbers, each["error"] or "-"]))
    return format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal))


def format_subscription(each: Mapping[str, Any]) -> list[str]:
    """One in full."""
    failures = f", {plural(each['failures'], 'failure')} in a row" if each["failures"] else ""
    rows = [
        ("state", f"{each['state']}{failures}"),
        *([("error", escape(each["error"]))] if each["error"] else []),
        ("takes", escape(", ".join(each["events"]))),
        ("behind", f"{plural(each['behind'], 'event')}, {each['open']} on the way"),
        ("so far", f"{plural(each['delivered'], 'event')} delivered, {each['lost']} given up, {each['missed']} missed"),
    ]
    head = f"{escape(each['name'])} ({escape(each['type'])})"
    return [head, *(f"  {name:<8} {text}" for name, text in rows)]


def format_deliveries(deliveries: Sequence[Mapping[str, Any]], *, terminal: Terminal, utc: bool) -> list[str]:
    """The last deliveries, the newest at the end."""
    columns = [Column("ENDED"), Column("EVENTS"), Column("ATTEMPTS", right=True), Column("TOOK", right=True)]
    rows = []
    for each in deliveries:
        first, last = each["first_seq"], each["last_seq"]
        cells = [
            format_clock(parse_time(each["ended_at"]), utc=utc),
            str(first) if first == last else f"{first}-{last}",
            str(each["attempts"]),
            format_duration(each["duration_s"]),
            each["error"] or "-",
        ]
        rows.append((mark_of("success" if each["success"] else "failure", terminal), cells))
    width = None if terminal.tty else 1 << 20
    columns.append(Column("ERROR", free=True))
    return format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal), width=width)
