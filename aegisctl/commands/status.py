"""`aegisctl status`: what aegisd is doing, and how each workflow last ended."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Flag, Verb
from aegisctl.marks import FAILED
from aegisctl.status_screen import format_status
from aegisctl.webhook_words import is_in_trouble
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
        ("aegisctl status --exit-status -q", "exit 1 if a workflow or a webhook fails"),
        ("aegisctl status --json=runs,disk", "two fields for a script"),
    ),
    flags=(Flag("--exit-status", help="exit 1 if some workflow's last run failed, or some webhook fails"),),
    fields=(
        *("version", "name", "pid", "started_at", "draining", "drained_by", "config", "socket", "state_dir"),
        *("runs", "disk", "keep", "containment", "cursor", "subscriptions", "webhooks", "workflows"),
        *("services", "approvals"),
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
    failing = failing or any(is_in_trouble(webhook) for webhook in status.get("webhooks") or ())
    return EXIT_FAILURE if failing and given.switch("exit-status") else EXIT_OK
