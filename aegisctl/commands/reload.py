"""`aegisctl reload`: have the daemon load its configuration again."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Verb
from aegisctl.text import escape
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "reload",
    group="Workflows and configuration",
    summary="load the configuration again; a bad one is refused and the old one stays",
    examples=(
        ("aegisctl validate && aegisctl reload", "look before you leap"),
        ("aegisctl reload --json=changes", "what changed, for a script"),
    ),
    fields=("changes",),
    text="Running runs keep the definition they started with. A refused configuration exits 78.",
)


def run(*, given: Given, output: Output) -> int:
    """One sentence: what changed."""
    changes = open_client(given).call("Reload")["changes"]
    output.document({"changes": changes})
    output.say("reloaded: " + ("; ".join(escape(change) for change in changes) if changes else "nothing changed"))
    return EXIT_OK
