"""`aegisctl watch`: show a run from its beginning; leaving changes nothing."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Positional, Verb
from aegisctl.values import find_run
from aegisctl.watching import DISPLAY_FLAGS, EVENT_FIELDS, watch_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "watch",
    group="Runs",
    summary="show a run from its beginning to its end, and exit by its result",
    examples=(
        ("aegisctl watch", "the only run that is executing, else the newest"),
        ("aegisctl watch 842 --logs all", "with all output"),
        ("aegisctl watch quality --timeout 10m", "the latest run of quality, for ten minutes at most"),
    ),
    positionals=(Positional("RUN", count="?", help="the run (see help selectors)"),),
    flags=DISPLAY_FLAGS,
    fields=(*EVENT_FIELDS,),
    text="Ctrl-C leaves (130); the run goes on.",
)


def run(*, given: Given, output: Output) -> int:
    """Replay, then follow."""
    client = open_client(given)
    return watch_run(client, find_run(client, given.text("RUN")), given=given, output=output, mode="leave")
