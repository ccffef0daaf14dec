"""`aegisctl trace`: where the time of a run went, as spans; with `--otlp` for a collector."""

from __future__ import annotations

import json

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.marks import mark_of, mark_width
from aegisctl.table import Column, format_table
from aegisctl.text import escape
from aegisctl.times import format_span
from aegisctl.values import find_run
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aegisctl.declare import Given
    from aegisctl.output import Output
    from aegisctl.terminal import Terminal

_ROW = ("id", "parent", "start_s", "duration_s", "result", "name")

VERB = Verb(
    "trace",
    group="Runs",
    summary="where the time of a run went: its spans, made of its events",
    examples=(
        ("aegisctl trace 842", "the run and each attempt of its steps, in order"),
        (
            "aegisctl trace 842 --otlp | curl --json @- http://127.0.0.1:4318/v1/traces",
            "send the spans of an old run to a collector",
        ),
    ),
    positionals=(Positional("RUN", help="the run (see help selectors)"),),
    flags=(Flag("--otlp", help="as an ExportTraceServiceRequest of OpenTelemetry, in JSON"),),
    fields=("trace", "over", "spans"),
    text=(
        "The ids are those that the steps found in $TRACEPARENT. In a pipe each line is id, parent, start and duration "
        "in seconds, result and name of a span; separated by tabs."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """A row a span, or one JSON document."""
    client = open_client(given)
    traced = client.call("GetTrace", run=find_run(client, given.text("RUN")))
    if given.switch("otlp"):
        output.stdout.write(json.dumps(traced["otlp"], ensure_ascii=False) + "\n")
        return EXIT_OK
    output.document({name: traced[name] for name in ("trace", "over", "spans")})
    for line in format_spans(traced, terminal=output.stdout):
        output.say(line)
    return EXIT_OK


def format_spans(traced: Mapping[str, Any], *, terminal: Terminal) -> list[str]:
    """The spans as a table; in a pipe as rows without a head."""
    if not terminal.tty:
        return ["\t".join(_show_cell(span.get(name)) for name in _ROW) for span in traced["spans"]]
    columns = [Column("SPAN"), Column("START", right=True), Column("TOOK", right=True), Column("ID")]
    rows = []
    for place, span in enumerate(traced["spans"]):
        name = span["name"] if place == 0 else f"  {span['name']}"
        took = format_span(span["duration_s"])
        row = [name, f"+{format_span(span['start_s'])}", took, span["id"]]
        rows.append((mark_of(span.get("result") or "executing", terminal), row))
    table = format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal))
    return [f"trace {traced['trace']}", *table]


def _show_cell(value: object) -> str:
    return "-" if value is None else escape(str(value))
