"""The table of `history` as lines. Pure: the time is an argument."""

from __future__ import annotations

from aegisctl.marks import kind_of, mark_of, mark_width, word_of
from aegisctl.run_words import describe_trigger
from aegisctl.table import Column, format_table
from aegisctl.times import format_age, format_span, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.terminal import Terminal


def format_history(
    runs: Sequence[Mapping[str, Any]], *, terminal: Terminal, now: float, with_workflow: bool
) -> list[str]:
    """One row a run: how it ended, why it ran, and what went wrong."""
    columns = [Column("RUN"), *([Column("WORKFLOW")] if with_workflow else []), Column("RESULT")]
    columns += [Column("TRIGGER", free=True, spare=True), Column("TOOK", right=True, spare=True), Column("WHEN")]
    columns.append(Column("", free=True))
    rows = []
    for run in runs:
        kind = kind_of(run)
        row = [
            *(str(run["id"]), *([run["workflow"]] if with_workflow else []), word_of(kind)),
            describe_trigger(run["trigger"], parent=run.get("parent")),
            format_span(run["duration_s"]) if run.get("duration_s") is not None else "-",
            format_age(now - parse_time(run["created_at"])),
            _remark(run),
        ]
        rows.append((mark_of(kind, terminal), row))
    return format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal))


def _remark(run: Mapping[str, Any]) -> str:
    """What went wrong, else why it was started."""
    if run.get("failed_steps"):
        return ", ".join(run["failed_steps"])
    if run.get("reason"):
        return str(run["reason"])
    return f'"{run["note"]}"' if run.get("note") else ""
