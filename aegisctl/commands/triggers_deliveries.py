"""`aegisctl triggers deliveries`: what came in through webhooks, and what became of it."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.delivery_screen import format_deliveries, format_refusals
from aegisctl.table import format_tsv
from aegisctl.times import format_utc, parse_time
from aegisctl.values import count
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "triggers deliveries",
    group="Workflows and configuration",
    summary="what came in through webhooks, what became of it, and what was refused",
    examples=(
        ("aegisctl triggers deliveries", "the last twenty, and why others were refused"),
        ("aegisctl triggers deliveries github-push -L 1", "the last one of a trigger"),
        ("aegisctl triggers delivery 17", "all of one: its headers and its body"),
    ),
    positionals=(Positional("TRIGGER", count="?", help="only those of this trigger"),),
    flags=(Flag("-L", "--limit", metavar="N", parse=count, help="at most N deliveries (default 20)"),),
    fields=(
        *("id", "trigger", "time", "outcome", "reason", "run", "event", "source", "size", "replay_of", "by"),
        *("has_body", "status"),
    ),
    text=(
        "In a pipe: id, time, trigger, outcome, run, event, source, reason; separated by tabs. Refused ones have no "
        "id, the outcome `refused`, and are kept until aegisd ends. What was refused with 401 could not prove where it "
        "comes from: the reason is shown here only, never to the sender."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """Two tables on a terminal, tab-separated in a pipe."""
    limit = given.value("limit")
    client = open_client(given)
    answer = client.call("ListDeliveries", trigger=given.text("TRIGGER"), limit=20 if limit is None else limit)
    deliveries, refusals = answer["deliveries"], answer["refusals"]
    refused = [{"id": None, **each, "outcome": "refused"} for each in refusals]
    if output.is_json:
        output.documents([*deliveries, *refused])
    elif not deliveries and not refusals:
        output.note("no deliveries yet")
    elif output.stdout.tty:
        now = time.time()
        lines = format_deliveries(deliveries, terminal=output.stdout, now=now) if deliveries else []
        if refusals:
            lines += [*([""] if lines else []), *format_refusals(refusals, terminal=output.stdout, now=now)]
        output.say("\n".join(lines))
    else:
        for each in [*deliveries, *refused]:
            row = [each.get("id"), format_utc(parse_time(each["time"])), each["trigger"], each["outcome"]]
            output.say(format_tsv([*row, each.get("run"), each.get("event"), each["source"], each.get("reason")]))
    return EXIT_OK
