"""`aegisctl triggers replay`: starts a run from a webhook delivery that is kept."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Positional, Verb
from aegisctl.values import delivery_number
from aegisctl.watching import DISPLAY_FLAGS, EVENT_FIELDS, START_FLAGS, follow_started

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "triggers replay",
    group="Workflows and configuration",
    summary="start a run from a webhook delivery that is kept, whatever became of it",
    examples=(
        ("aegisctl triggers replay 17", "what `triggers deliveries` lists as 17"),
        ("aegisctl triggers replay 17 -d", "without waiting for the run"),
    ),
    positionals=(Positional("ID", help="the number of the delivery"),),
    flags=(*(flag for flag in START_FLAGS if flag.key != "reason"), *DISPLAY_FLAGS),
    fields=(*EVENT_FIELDS,),
    text=(
        "The trigger is used as it is configured now, without its filters. The run says who has replayed the delivery."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """A new run with a number of its own."""
    number = delivery_number(given.text("ID") or "")
    client = open_client(given)
    answer = client.call("ReplayDelivery", delivery=number)
    return follow_started(client, answer["run"], given=given, output=output)
