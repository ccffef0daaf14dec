"""`aegisctl triggers`: what starts runs by itself."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Positional, Verb
from aegisctl.table import format_tsv
from aegisctl.trigger_screen import format_triggers
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "triggers",
    group="Workflows and configuration",
    summary="what starts runs by itself: when it is next due, what came of it last",
    examples=(
        ("aegisctl triggers", "a table"),
        ("aegisctl triggers list | cut -f1,5", "their names and when they are next due, for a script"),
    ),
    positionals=(Positional("list", count="?", choices=("list",), help="the same as without it"),),
    fields=("name", "type", "about", "workflow", "enabled", "origin", "next_at", "last_run", "last_at", "missed"),
    text=(
        "In a pipe: name, type, workflow, what it is, next time, last run, last time, what it missed, enabled, origin; "
        "separated by tabs."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """A table on a terminal, tab-separated in a pipe."""
    triggers = open_client(given).call("ListTriggers")["triggers"]
    if output.is_json:
        output.documents(triggers)
    elif not triggers:
        output.note("no triggers yet: aegisctl explain trigger")
    elif output.stdout.tty:
        output.say("\n".join(format_triggers(triggers, terminal=output.stdout, now=time.time(), utc=output.utc)))
    else:
        for each in triggers:
            row = [each["name"], each["type"], each["workflow"], each["about"], each.get("next_at")]
            row += [each.get("last_run"), each.get("last_at"), each.get("missed")]
            output.say(format_tsv((*row, "enabled" if each["enabled"] else "disabled", each["origin"])))
    return EXIT_OK
