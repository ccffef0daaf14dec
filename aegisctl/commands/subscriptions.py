"""`aegisctl subscriptions`: where events go beside the timeline, and how that goes."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Positional, Verb
from aegisctl.subscription_screen import format_deliveries, format_subscription, format_subscriptions
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "subscriptions",
    group="Events",
    summary="where events go, and how that goes",
    examples=(
        ("aegisctl subscriptions", "all of them: what they had, what failed"),
        ("aegisctl subscriptions notify", "one of them, with its last deliveries"),
    ),
    positionals=(Positional("NAME", count="?", help="only this one"),),
    fields=(
        *("name", "type", "events", "state", "error", "failures", "behind", "done", "open", "delivered", "lost"),
        *("missed", "deliveries"),
    ),
    text="In a pipe: name, type, state, events behind, delivered, given up, error; separated by tabs.",
)


def run(*, given: Given, output: Output) -> int:
    """A table; one subscription in full."""
    name = given.text("NAME")
    found = open_client(given).call("ListSubscriptions", name=name)["subscriptions"]
    if output.is_json:
        output.documents(found)
    elif name is not None:
        output.say("\n".join(format_subscription(found[0])))
        if found[0]["deliveries"]:
            output.say("")
            lines = format_deliveries(found[0]["deliveries"], terminal=output.stdout, utc=output.utc)
            output.say("\n".join(lines))
    elif found:
        output.say("\n".join(format_subscriptions(found, terminal=output.stdout)))
    else:
        output.note("no subscriptions; aegisctl explain subscription tells about them")
    return EXIT_OK
