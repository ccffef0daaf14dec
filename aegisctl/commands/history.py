"""`aegisctl history`: past runs, the newest first."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.history_screen import format_history
from aegisctl.table import format_tsv
from aegisctl.times import format_utc, parse_time
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
        *("id", "workflow", "state", "result", "reason", "trigger", "params", "note", "retry_of", "part"),
        *("parent", "priority"),
        *("created_at", "started_at", "finished_at", "queued_s", "duration_s", "usual_s", "ahead", "steps"),
        *("failed_steps", "cpu_s", "memory_bytes"),
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
    elif output.stdout.tty and runs:
        with_workflow = given.text("WORKFLOW") is None
        lines = format_history(runs, terminal=output.stdout, now=time.time(), with_workflow=with_workflow)
        output.say("\n".join(lines))
    else:
        for each in runs:
            output.say(_tsv(each))
    if not runs and not output.is_json:
        output.note("no such runs")
    return EXIT_OK


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
