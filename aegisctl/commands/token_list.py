"""`aegisctl token list`: which tokens the HTTP API takes."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Verb
from aegisctl.marks import mark_of, mark_width
from aegisctl.table import Column, format_table, format_tsv
from aegisctl.times import format_age, format_utc, parse_time
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "token list",
    group="The service",
    summary="the tokens that the HTTP API takes, without their secrets",
    examples=(
        ("aegisctl token list", "a table"),
        ("aegisctl token list --json=name,scopes", "for a script"),
    ),
    fields=("name", "scopes", "created_at", "by"),
    text="In a pipe: name, scopes, when and by whom it was made (empty: in the configuration); separated by tabs.",
)


def run(*, given: Given, output: Output) -> int:
    """A table on a terminal, tab-separated in a pipe."""
    tokens = open_client(given).call("ListTokens")["tokens"]
    if output.is_json:
        output.documents(tokens)
    elif not tokens:
        output.note("no tokens yet: aegisctl token new NAME")
    elif output.stdout.tty:
        columns = [Column("TOKEN"), Column("SCOPES"), Column("MADE"), Column("BY", free=True)]
        cells = mark_width(output.stdout)
        lines = format_table(columns, _rows(tokens, output), terminal=output.stdout, mark_cells=cells)
        output.say("\n".join(lines))
    else:
        for each in tokens:
            made = each.get("created_at")
            shown = None if made is None else format_utc(parse_time(made))
            output.say(format_tsv((each["name"], ",".join(each["scopes"]), shown, each.get("by"))))
    return EXIT_OK


def _rows(tokens: Sequence[Mapping[str, Any]], output: Output) -> list[tuple[str, list[str]]]:
    mark, now = mark_of("success", output.stdout), time.time()
    rows = []
    for each in tokens:
        made = each.get("created_at")
        age = format_age(now - parse_time(made)) if made else "-"
        rows.append((mark, [each["name"], ", ".join(each["scopes"]), age, each.get("by") or "the configuration"]))
    return rows
