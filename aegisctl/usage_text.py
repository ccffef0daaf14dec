"""What models have used, in words and as a table. Pure."""

from __future__ import annotations

from aegisctl.table import Column, format_table
from aegisctl.text import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.terminal import Terminal


def describe_tokens(usage: Mapping[str, Any]) -> str:
    """`12 calls, 34567 tokens (30000 in, 4567 out), $0.42`; `at least` where some calls have no price."""
    tokens = f"{usage['total_tokens']} tokens ({usage['prompt_tokens']} in, {usage['completion_tokens']} out)"
    return ", ".join(filter(None, [plural(usage["calls"], "call"), tokens, describe_cost(usage)]))


def describe_cost(usage: Mapping[str, Any]) -> str:
    """`$0.42`, `at least $0.42`, or nothing when no call has a price."""
    if usage["cost_usd"] is None:
        return ""
    return f"{'at least ' if usage['unpriced'] else ''}${usage['cost_usd']:.4f}"


def format_usage(rows: Sequence[Mapping[str, Any]], by: Sequence[str], *, terminal: Terminal) -> list[str]:
    """A row for each group."""
    numbers = ("CALLS", "IN", "OUT", "TOKENS")
    columns = [*(Column(name.upper(), free=True) for name in by), *(Column(name, right=True) for name in numbers)]
    cells = [
        (
            "",
            [
                *("-" if row["group"].get(name) is None else str(row["group"][name]) for name in by),
                *(str(row[key]) for key in ("calls", "prompt_tokens", "completion_tokens", "total_tokens")),
                describe_cost(row) or "-",
            ],
        )
        for row in rows
    ]
    return format_table([*columns, Column("COST")], cells, terminal=terminal, mark_cells=0)
