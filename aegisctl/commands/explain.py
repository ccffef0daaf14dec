"""`aegisctl explain`: the long text behind an error code or a configuration key; needs no daemon."""

from __future__ import annotations

from aegisctl.daemon_program import become_aegisd
from aegisctl.declare import Positional, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "explain",
    group="Workflows and configuration",
    summary="explain an error code or a configuration key; needs no daemon",
    examples=(("aegisctl explain AEG012", "what a code means"), ("aegisctl explain step.timeout", "what a key takes")),
    positionals=(Positional("TOPIC", help="a code such as AEG012, or a key such as step.timeout"),),
)


def run(*, given: Given, output: Output) -> int:
    """Hand it to the daemon's program, which knows the codes and keys."""
    become_aegisd("explain", given.texts("TOPIC"), given=given, output=output)
