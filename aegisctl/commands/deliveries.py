"""`aegisctl deliveries`: what was sent to webhooks, what waits, and what came back."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.failure import Failure
from aegisctl.interrupts import leave_on_signals
from aegisctl.pager import paged
from aegisctl.table import format_tsv
from aegisctl.values import count, find_run, outgoing_number, when
from aegisctl.webhook_screen import format_attempt, format_deliveries, format_delivery
from aegisctl.webhook_words import describe_try
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output

_USUAL = 20

VERB = Verb(
    "deliveries",
    group="Events",
    summary="what was sent to webhooks, what waits, and what came back",
    examples=(
        ("aegisctl deliveries --failed", "what is dead, or has failed and waits"),
        ("aegisctl deliveries show d-2291", "headers, body, attempts and answers"),
        ("aegisctl deliveries -f --webhook slack", "each attempt as it is made"),
    ),
    positionals=(
        Positional("ACTION", count="?", choices=("list", "show"), help="list when left out"),
        Positional("ID", count="?", help="the delivery: d-2291 or 2291"),
    ),
    flags=(
        Flag("--webhook", metavar="NAME", help="only to this webhook"),
        Flag("--failed", help="only what is dead, or has failed and waits"),
        Flag("--run", metavar="RUN", help="only about this run"),
        Flag("-S", "--since", metavar="TIME", parse=when, help="only what was queued since (see help time)"),
        Flag("-L", "--limit", metavar="N", parse=count, help="at most N (default 20)"),
        Flag("-f", "--follow", help="each attempt as it is made, until Ctrl-C"),
    ),
    fields=(
        *("id", "webhook", "event", "seq", "run", "state", "message", "attempts", "most", "queued_at", "finished_at"),
        *("next_at", "reason", "last", "delivery", "tries", "headers", "body"),
    ),
    text=(
        "In a pipe: id, webhook, state, event, run, attempts, last answer, queued, next; separated by tabs. Signatures "
        "are shown: they are no secrets. What was delivered is kept for a week, what died for 30 days."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """The list, one delivery, or attempts as they are made."""
    client, number = open_client(given), given.text("ID")
    if (given.text("ACTION") == "show") != (number is not None):
        raise Failure("usage", "deliveries show takes the number of a delivery", hint="aegisctl deliveries show d-2291")
    if number is not None:
        return _show(client, outgoing_number(number), given, output)
    if given.switch("follow"):
        return _follow(client, given, output)
    found = client.call(
        "ListOutgoing",
        webhook=given.text("webhook"),
        failed=given.switch("failed") or None,
        run=None if given.text("run") is None else find_run(client, given.text("run")),
        since=given.text("since"),
        limit=_USUAL if given.value("limit") is None else given.value("limit"),
    )["deliveries"]
    _list(found, output)
    return EXIT_OK


def _list(found: list[dict[str, Any]], output: Output) -> None:
    if output.is_json:
        output.documents(found)
    elif not found:
        output.note("no such deliveries")
    elif output.stdout.tty:
        output.say("\n".join(format_deliveries(found, terminal=output.stdout, now=time.time())))
        failed = [
            each for each in found if each["state"] == "dead" or (each["state"] == "pending" and each.get("last"))
        ]
        if failed:
            again = f"aegisctl redeliver d-{failed[0]['id']}"
            output.hint([f"again now: {again}      all: aegisctl redeliver --failed"])
    else:
        for each in found:
            output.say(_tsv(each))


def _show(client: Client, number: int, given: Given, output: Output) -> int:
    answer = client.call("GetOutgoing", id=number)
    output.document(answer)
    lines = format_delivery(answer, terminal=output.stdout, now=time.time())
    with paged(output, wanted=not given.switch("no-pager")) as shown:
        shown.say("\n".join(lines))
    return EXIT_OK


def _follow(client: Client, given: Given, output: Output) -> int:
    leave_on_signals()
    wanted = {"webhook": given.text("webhook"), "failed": given.switch("failed") or None}
    try:
        with client.open("FollowOutgoing", more=True, **wanted) as connection:
            continues = True
            while continues:
                answer, continues = connection.receive(None)
                if answer.get("delivery") is not None:
                    _show_attempt(answer["delivery"], output)
    except KeyboardInterrupt:
        return EXIT_OK
    return EXIT_OK


def _show_attempt(delivery: Mapping[str, Any], output: Output) -> None:
    output.line(delivery)
    tty = output.stdout.tty
    output.say(format_attempt(delivery, terminal=output.stdout, utc=output.utc) if tty else _tsv(delivery))


def _tsv(each: Mapping[str, Any]) -> str:
    row = (f"d-{each['id']}", each["webhook"], each["state"], each["event"], each.get("run"), each["attempts"])
    return format_tsv((*row, describe_try(each.get("last")), each["queued_at"], each.get("next_at")))
