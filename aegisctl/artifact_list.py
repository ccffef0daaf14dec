"""What artifacts look like on the screen."""

from __future__ import annotations

from aegisctl.table import Column, format_table, format_tsv
from aegisctl.text import escape, plural
from aegisd.wire.units import format_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from aegisctl.client import Client
    from aegisctl.terminal import Terminal

_COLUMNS = (
    Column("NAME", free=True),
    Column("SIZE", right=True),
    Column("STEP", spare=True),
    Column("TYPE", spare=True),
)


def iter_artifacts(client: Client, run: int) -> Iterator[dict[str, Any]]:
    """All artifacts of a run, page by page."""
    after: str | None = None
    while True:
        page = client.call("ListArtifacts", run=run, after=after)
        yield from page["artifacts"]
        after = page.get("next")
        if after is None:
            return


def format_artifacts(artifacts: Sequence[Mapping[str, Any]], *, terminal: Terminal) -> list[str]:
    """A table."""
    rows = [("", [a["key"], format_size(a["size"]), a.get("step") or "-", a["type"]]) for a in artifacts]
    return format_table(_COLUMNS, rows, terminal=terminal, mark_cells=0)


def format_artifact_row(artifact: Mapping[str, Any]) -> str:
    """Tab-separated: name, bytes, SHA-256, type, step, attempt, when."""
    names = ("key", "size", "sha256", "type", "step", "attempt", "saved_at")
    return format_tsv([artifact.get(name) for name in names])


def summarize(kept: Mapping[str, Any]) -> str:
    """`coverage.xml 81 KiB · junit.xml 112 KiB`, `... and 98 more, 3.1 MiB`."""
    first = " · ".join(f"{escape(a['key'])} {format_size(a['size'])}" for a in kept["first"])
    more = kept["count"] - len(kept["first"])
    return f"{first} and {plural(more, 'other')}, {format_size(kept['bytes'])} in all" if more > 0 else first
