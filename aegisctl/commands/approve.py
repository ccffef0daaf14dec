"""`aegisctl approve`: let a step pass that waits for a person."""

from __future__ import annotations

from aegisctl.deciding import FIELDS, FLAGS, POSITIONALS, decide
from aegisctl.declare import Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "approve",
    group="Runs",
    summary="let a step pass that waits for a person (step type approval)",
    examples=(
        ("aegisctl approve", "what waits, of all runs"),
        ("aegisctl approve 842 --reason 'the numbers are fine'", "the step of this run that waits, and why"),
        ("aegisctl approve 842 release", "this one of several"),
    ),
    positionals=POSITIONALS,
    flags=FLAGS,
    fields=FIELDS,
    text="Who decided and why are in the history: aegisctl why RUN. A decision stands; the first one counts.",
)


def run(*, given: Given, output: Output) -> int:
    """Decide, and say so."""
    return decide(given=given, output=output, approve=True)
