"""`aegisctl retry`: run again what a run did, with its definition and parameters."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.values import find_run
from aegisctl.watching import DISPLAY_FLAGS, EVENT_FIELDS, START_FLAGS, follow_started

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "retry",
    group="Runs",
    summary="run again, with the definition and parameters of an earlier run",
    examples=(
        ("aegisctl retry 842", "all of it"),
        ("aegisctl retry 842 --failed", "only what did not pass, and what follows"),
        ("aegisctl retry - -d", "the last run that you started, without waiting"),
    ),
    positionals=(Positional("RUN", help="the run (see help selectors)"),),
    flags=(Flag("--failed", help="only what did not pass, and what follows it"), *START_FLAGS, *DISPLAY_FLAGS),
    fields=(*EVENT_FIELDS,),
)


def run(*, given: Given, output: Output) -> int:
    """A new run with a number of its own."""
    client = open_client(given)
    before = find_run(client, given.text("RUN"))
    answer = client.call("RetryRun", run=before, failed=given.switch("failed") or None, reason=given.text("reason"))
    return follow_started(client, answer["run"], given=given, output=output)
