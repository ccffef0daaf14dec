"""`aegisctl workflows`: the workflows that this host knows."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Flag, Verb
from aegisctl.marks import kind_of
from aegisctl.status_screen import format_workflows
from aegisctl.table import format_tsv
from aegisctl.text import escape
from aegisd.wire.errors import EXIT_OK, CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "workflows",
    group="Workflows and configuration",
    summary="the workflows: last result, usual time, triggers, when next, where defined",
    examples=(
        ("aegisctl workflows", "a table"),
        ("aegisctl workflows | cut -f1", "their names, for a script"),
        ("aegisctl workflows --json=name,params", "what each takes"),
        ("aegisctl workflows --steps quality", "the names of its steps"),
    ),
    flags=(Flag("--steps", metavar="WORKFLOW", help="instead of all that, the names of its steps, one a line"),),
    fields=(
        *("name", "description", "origin", "params", "steps", "last", "usual_s", "executing", "queued", "triggers"),
        "next_at",
    ),
    text="In a pipe: name, last result, last run, usual seconds, triggers, next time, origin; separated by tabs.",
)


def run(*, given: Given, output: Output) -> int:
    """A table on a terminal, tab-separated in a pipe."""
    client, name = open_client(given), given.text("steps")
    workflows = client.call("ListWorkflows")["workflows"]
    if name is not None:
        workflows = [each for each in workflows if each["name"] == name]
        if not workflows:
            raise CallError("NoSuchWorkflow", f'there is no workflow "{escape(name)}"', hint="aegisctl workflows")
    if output.is_json:
        output.documents(workflows)
    elif name is not None:
        output.say("\n".join(escape(step) for step in workflows[0]["steps"]))
    elif not workflows:
        output.note("no workflows yet: aegisctl explain workflows")
    elif output.stdout.tty:
        lines = format_workflows(workflows, terminal=output.stdout, now=time.time(), utc=output.utc, with_origin=True)
        output.say("\n".join(lines))
    else:
        for workflow in workflows:
            last = workflow.get("last") or {}
            triggers = ", ".join(workflow.get("triggers") or ())
            row = (workflow["name"], kind_of(last) if last else None, last.get("id"), workflow.get("usual_s"), triggers)
            output.say(format_tsv((*row, workflow.get("next_at"), workflow["origin"])))
    return EXIT_OK
