"""`aegisctl history`: past runs, the newest first."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.marks import kind_of, mark_of, mark_width, word_of
from aegisctl.run_words import describe_trigger
from aegisctl.table import Column, format_table, format_tsv
from aegisctl.times import format_age, format_span, format_utc, parse_time
from aegisctl.values import count, when
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aegisctl.declare import Given
    from aegisctl.output import Output

RESULTS = ("success", "failure", "error", "timeout", "cancellation", "skip")

VERB = Verb(
    "history",
    group="Runs",
    summary="past runs, the newest first",
    examples=(
        ("aegisctl history quality -L 5", "the last five of one workflow"),
        ("aegisctl history --result failure --result timeout -S yesterday", "what failed since yesterday"),
        ("aegisctl history -L 1 | cut -f3", "the last result, for a script"),
    ),
    positionals=(Positional("WORKFLOW", count="?", help="only runs of this workflow"),),
    flags=(
        Flag("--result", choices=RESULTS, repeat=True, help="only runs that ended so; may be repeated"),
        Flag("-S", "--since", metavar="TIME", parse=when, help="only runs created since (see help time)"),
        Flag("-U", "--until", metavar="TIME", parse=when, help="only runs created before"),
        Flag("--trigger", metavar="KIND", repeat=True, help="manual, webhook, timer or workflow; may be repeated"),
        Flag("--by", metavar="USER", help="only runs that USER started"),
        Flag("-L", "--limit", metavar="N", parse=count, help="at most N runs (default 20)"),
    ),
    fields=(
        *("id", "workflow", "state", "result", "reason", "trigger", "params", "note", "retry_of", "priority"),
        *("created_at", "started_at", "finished_at", "queued_s", "duration_s", "usual_s", "ahead", "steps"),
        "failed_steps",
    ),
    text="In a pipe: run, workflow, result or state, trigger, by, seconds, created; separated by tabs.",
)


def run(*, given: Given, output: Output) -> int:
    """A table on a terminal, tab-separated in a pipe."""
    limit = given.value("limit")
    runs = open_client(given).call(
        "ListRuns",
        workflow=given.text("WORKFLOW"),
        results=given.texts("result") or None,
        triggers=given.texts("trigger") or None,
        by=given.text("by"),
        since=given.text("since"),
        until=given.text("until"),
        limit=20 if limit is None else limit,
    )["runs"]
    if output.is_json:
        output.documents(runs)
    elif output.stdout.tty:
        _show_table(runs, output, now=time.time(), with_workflow=given.text("WORKFLOW") is None)
    else:
        for each in runs:
            output.say(_tsv(each))
    if not runs and not output.is_json:
        output.note("no such runs")
    return EXIT_OK


def _show_table(runs: list[dict[str, Any]], output: Output, *, now: float, with_workflow: bool) -> None:
    if not runs:
        return
    columns = [Column("RUN"), *([Column("WORKFLOW")] if with_workflow else []), Column("RESULT")]
    columns += [
        Column("TRIGGER", free=True, spare=True),
        Column("TOOK", right=True, spare=True),
        Column("WHEN"),
        Column("", free=True),
    ]
    rows = []
    for each in runs:
        kind = kind_of(each)
        row = [
            *(str(each["id"]), *([each["workflow"]] if with_workflow else []), word_of(kind)),
            describe_trigger(each["trigger"]),
            format_span(each["duration_s"]) if each.get("duration_s") is not None else "-",
            format_age(now - parse_time(each["created_at"])),
            _remark(each),
        ]
        rows.append((mark_of(kind, output.stdout), row))
    lines = format_table(columns, rows, terminal=output.stdout, mark_cells=mark_width(output.stdout))
    output.say("\n".join(lines))


def _remark(run: Mapping[str, Any]) -> str:
    """What went wrong, else why it was started."""
    if run.get("failed_steps"):
        return ", ".join(run["failed_steps"])
    if run.get("reason"):
        return str(run["reason"])
    return f'"{run["note"]}"' if run.get("note") else ""


def _tsv(run: Mapping[str, Any]) -> str:
    duration = run.get("duration_s")
    return format_tsv(
        (
            run["id"],
            run["workflow"],
            run.get("result") or run["state"],
            run["trigger"]["kind"],
            run["trigger"].get("by"),
            None if duration is None else f"{duration:.3f}",
            format_utc(parse_time(run["created_at"])),
        )
    )
