"""`aegisctl status`: what aegisd is doing, and how each workflow last ended."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Flag, Verb
from aegisctl.marks import FAILED
from aegisctl.status_screen import format_status
from aegisd.wire.errors import EXIT_FAILURE, EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "status",
    group="The service",
    summary="what is going on: the daemon, its runs, how each workflow last ended",
    examples=(
        ("aegisctl status", "the screen"),
        ("aegisctl status --exit-status -q", "exit 1 if the last run of some workflow failed"),
        ("aegisctl status --json=runs,disk", "two fields for a script"),
    ),
    flags=(Flag("--exit-status", help="exit 1 if the last run of some workflow failed"),),
    fields=(
        *("version", "name", "pid", "started_at", "draining", "drained_by", "config", "socket", "state_dir"),
        *("runs", "disk", "keep", "containment", "cursor", "subscriptions", "workflows", "services", "approvals"),
    ),
)


def run(*, given: Given, output: Output) -> int:
    """Ask once and show it."""
    status = open_client(given).call("GetStatus")
    if output.is_json:
        output.document(status)
    elif not (given.switch("exit-status") and output.quiet):
        lines = format_status(status, terminal=output.stdout, now=time.time(), utc=output.utc, verbose=output.verbose)
        output.say("\n".join(lines))
    failing = any((workflow.get("last") or {}).get("result") in FAILED for workflow in status["workflows"])
    return EXIT_FAILURE if failing and given.switch("exit-status") else EXIT_OK
