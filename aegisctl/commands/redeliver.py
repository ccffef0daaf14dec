"""`aegisctl redeliver`: deliveries or events once more, with the ids that they had."""

from __future__ import annotations

from aegisctl.ask import ask
from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.failure import Failure, Leave
from aegisctl.values import count, outgoing_number, when
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output

_ANSWER_S = 120.0  # a hundred thousand events are made ready once more

VERB = Verb(
    "redeliver",
    group="Events",
    summary="send deliveries or events to webhooks once more",
    examples=(
        ("aegisctl redeliver d-2291 d-2290", "these two, now"),
        ("aegisctl redeliver --failed --since 2h", "what failed in the last two hours; asks first"),
        ("aegisctl redeliver --from 4711 --webhook ci -y", "every event from seq 4711 on"),
    ),
    positionals=(Positional("ID", count="*", help="deliveries: d-2291 or 2291"),),
    flags=(
        Flag("--failed", help="everything that is dead, or has failed and waits"),
        Flag("--since", metavar="TIME", parse=when, help="with --failed: what was queued since (see help time)"),
        Flag("--from", metavar="SEQ", parse=count, help="every event from this seq on, whether it was sent or not"),
        Flag("--webhook", metavar="NAME", help="only to this webhook"),
        Flag("-y", "--yes", help="do not ask before --failed and --from"),
    ),
    fields=("count",),
    text=(
        "A delivery keeps its webhook-id, so that a receiver can tell what it has already. Its places in the schedule "
        "are free again. What is sent again goes before what is newer."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """How many are sent once more."""
    wanted = _wanted(given)
    client = open_client(given)
    if "ids" not in wanted and not given.switch("yes"):
        number = _call(client, {**wanted, "dry": True})
        if number and not ask(f"Send {_say(number)} once more?", given, output, verb="redeliver"):
            raise Leave(EXIT_OK, "nothing is sent again")
    number = _call(client, wanted)
    output.document({"count": number})
    output.say(f"sending {_say(number)} once more" if number else "there is nothing to send again")
    if number:
        output.hint(["watch:  aegisctl deliveries -f"])
    return EXIT_OK


def _call(client: Client, wanted: dict[str, Any]) -> int:
    with client.open("Redeliver", **wanted) as connection:
        return int(connection.receive(_ANSWER_S)[0]["count"])


def _wanted(given: Given) -> dict[str, Any]:
    ids, failed, first = given.texts("ID"), given.switch("failed"), given.value("from")
    if sum((bool(ids), failed, first is not None)) != 1:
        message = "redeliver: name deliveries, or give one of --failed and --from"
        raise Failure("usage", message, hint="aegisctl redeliver --help")
    if given.text("since") is not None and not failed:
        raise Failure("usage", "redeliver: --since is for --failed", hint="aegisctl redeliver --failed --since 2h")
    if ids:
        if given.text("webhook") is not None:
            raise Failure("usage", "redeliver: --webhook is for --failed and --from", hint="a delivery has its webhook")
        return {"ids": [outgoing_number(word) for word in ids]}
    chosen: dict[str, Any] = {"failed": True} if failed else {"from": first}
    return {**chosen, "webhook": given.text("webhook"), "since": given.text("since")}


def _say(number: int) -> str:
    return f"{number} {'delivery' if number == 1 else 'deliveries'}"
