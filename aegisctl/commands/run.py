"""`aegisctl run`: start a workflow and watch it."""

from __future__ import annotations

import os

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.part_flags import PART_FLAGS, part_of
from aegisctl.values import key_values
from aegisctl.watching import DISPLAY_FLAGS, EVENT_FIELDS, START_FLAGS, follow_started

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "run",
    group="Runs",
    summary="start a workflow, watch it, and exit by its result",
    examples=(
        ("aegisctl run quality --here", "in the current directory; watch it to its end"),
        ("aegisctl run quality --from tests", "tests and all that follow it"),
        ("aegisctl run qa-chain target=http://127.0.0.1:3000 --reason 'new login'", "with a parameter, and why"),
        ("id=$(aegisctl run nightly -d --print-id)", "start it and go on"),
    ),
    positionals=(
        Positional("WORKFLOW", help="its name"),
        Positional("KEY=VAL", count="*", help="parameters of the workflow"),
    ),
    flags=(
        Flag("--here", help="run in the current directory instead of the workflow's"),
        *PART_FLAGS,
        *START_FLAGS,
        *DISPLAY_FLAGS,
    ),
    fields=(*EVENT_FIELDS,),
    text=(
        "Exit: 0 passed or skipped, 1 failed, 3 cancelled, 4 timed out, 5 error, 124 the --timeout of waiting ran out. "
        "Ctrl-C: see aegisctl help signals. With --json stdout carries the run's events, one a line."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """Start it, then show it. Inside a step, the step's run is recorded as the parent; a trace that we are a part of
    goes on."""
    client = open_client(given)
    parent = os.environ.get("AEGIS_RUN_ID", "")
    started = client.call(
        "StartRun",
        workflow=given.text("WORKFLOW"),
        params=key_values(given.texts("KEY=VAL")) or None,
        reason=given.text("reason"),
        dir=os.getcwd() if given.switch("here") else None,  # noqa: PTH109 - pathlib costs 3 ms
        **part_of(given),
        parent=int(parent) if parent.isdecimal() else None,
        traceparent=os.environ.get("TRACEPARENT") or None,
    )
    return follow_started(client, started["run"], given=given, output=output)
