"""`aegisctl resume`: have a drained daemon take and start runs again."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Verb
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "resume",
    group="The service",
    summary="take and start runs again after drain",
    examples=(
        ("aegisctl resume", "undo aegisctl drain"),
        ("aegisctl resume --json=queued", "how many runs waited for it"),
    ),
    fields=("drained", "executing", "queued"),
    text="Nothing happens when aegisd was not drained.",
)


def run(*, given: Given, output: Output) -> int:
    """A sentence: how many runs waited for it."""
    runs = open_client(given).call("Undrain")
    output.document({"drained": False, "executing": runs["executing"], "queued": runs["queued"]})
    output.say(f"resumed: aegisd takes runs, {runs['queued']} in the queue")
    return EXIT_OK
