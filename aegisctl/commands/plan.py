"""`aegisctl plan`: what a run would do, without doing it."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Positional, Verb
from aegisctl.part_flags import PART_FLAGS, part_of
from aegisctl.plan_screen import format_plan
from aegisctl.values import key_values
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "plan",
    group="Workflows and configuration",
    summary="what a run would do: order, groups, conditions, retries, limits; nothing is run",
    examples=(
        ("aegisctl plan quality", "the tree"),
        ("aegisctl plan qa-chain target=http://127.0.0.1:3000", "with a parameter"),
        ("aegisctl plan quality --from tests", "what `aegisctl run` with the same flags would do, and what not"),
        ("aegisctl plan quality --json=steps", "for a script"),
    ),
    positionals=(
        Positional("WORKFLOW", help="its name"),
        Positional("KEY=VAL", count="*", help="parameters of the workflow"),
    ),
    flags=PART_FLAGS,
    fields=("workflow", "description", "origin", "timeout_s", "max_concurrent", "on_busy", "params", "env", "steps"),
)


def run(*, given: Given, output: Output) -> int:
    """The steps in the order in which they would run; those of one group run together."""
    params = key_values(given.texts("KEY=VAL")) or None
    workflow = given.text("WORKFLOW")
    plan = open_client(given).call("PlanWorkflow", workflow=workflow, params=params, **part_of(given))
    if output.is_json:
        output.document(plan)
    else:
        width = output.stdout.size()[0] if output.stdout.tty else None
        output.say("\n".join(format_plan(plan, terminal=output.stdout, width=width)))
    return EXIT_OK
