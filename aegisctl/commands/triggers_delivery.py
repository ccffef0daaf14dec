"""`aegisctl triggers delivery`: one webhook delivery as it came."""

from __future__ import annotations

import binascii

from aegisctl.client import open_client
from aegisctl.declare import Positional, Verb
from aegisctl.text import escape
from aegisctl.times import format_utc, parse_time
from aegisctl.values import delivery_number
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "triggers delivery",
    group="Workflows and configuration",
    summary="one webhook delivery as it came: its headers, secrets masked, and its body",
    examples=(
        ("aegisctl triggers delivery 17", "what `triggers deliveries` lists as 17"),
        ("aegisctl triggers delivery 17 --json | jq -r .body", "the body, for a program"),
    ),
    positionals=(Positional("ID", help="the number of the delivery"),),
    fields=("delivery", "headers", "body"),
    text="For operators only: a body may say more than everybody who can connect should read.",
)


def run(*, given: Given, output: Output) -> int:
    """What became of it, its headers, and its body."""
    number = delivery_number(given.text("ID") or "")
    answer = open_client(given).call("GetDelivery", delivery=number)
    delivery, encoded = answer["delivery"], answer.get("body")
    body = None if encoded is None else binascii.a2b_base64(encoded).decode(errors="replace")
    output.document({"delivery": delivery, "headers": answer["headers"], "body": body})
    became = f"run #{delivery['run']}" if delivery.get("run") else delivery.get("reason") or delivery["outcome"]
    replayed = f", replayed by {delivery.get('by')} from {delivery['replay_of']}" if delivery.get("replay_of") else ""
    when = format_utc(parse_time(delivery["time"]))
    lines = [f"{delivery['trigger']}  {when}  from {delivery['source']}{replayed}", f"  {became}", ""]
    lines += [f"{name}: {value}" for name, value in answer["headers"].items()]
    kept = "(the body is no longer kept)" if body is None else body
    output.say("\n".join(escape(line.expandtabs()) for line in (*lines, "", *kept.split("\n"))))
    return EXIT_OK
