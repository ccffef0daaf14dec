"""`aegisctl webhooks`: where events are sent, how that goes, and a try."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.failure import Failure
from aegisctl.marks import mark_of
from aegisctl.table import format_tsv
from aegisctl.text import escape
from aegisctl.webhook_screen import format_webhooks
from aegisd.wire.errors import EXIT_FAILURE, EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output

_TEST_S = 75.0  # longer than the longest timeout of a webhook
_WITH_NAME = {"test", "enable", "disable"}

VERB = Verb(
    "webhooks",
    group="Events",
    summary="where events are sent, and how that goes",
    examples=(
        ("aegisctl webhooks", "a table"),
        ("aegisctl webhooks test slack", "send a ping now and show the answer (exit 1 if it fails)"),
        ("aegisctl webhooks disable slack --reason 'being moved'", "send nothing until it is enabled"),
        ("aegisctl webhooks enable slack", "send again, what waits first"),
    ),
    positionals=(
        Positional("ACTION", count="?", choices=("list", "test", "enable", "disable"), help="list when left out"),
        Positional("NAME", count="?", help="the webhook"),
    ),
    flags=(Flag("--reason", metavar="TEXT", help="with disable: why, for the others"),),
    fields=(
        *("name", "url", "format", "events", "state", "since", "error", "by", "waiting"),
        *("type", "size", "success", "status", "text", "duration_s"),
    ),
    text=(
        "In a pipe: name, state, since, waiting, format, url; separated by tabs. The secret parts of addresses are "
        "covered. A webhook that is disabled gets nothing; what waits for it is kept for four days, and what happens "
        "meanwhile can be sent later with aegisctl redeliver --from SEQ."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """The list, or one action."""
    action, name, client = given.text("ACTION") or "list", given.text("NAME"), open_client(given)
    if (name is None) == (action in _WITH_NAME):
        message = f"webhooks {action} needs the name of a webhook" if name is None else "webhooks list takes no name"
        raise Failure("usage", message, hint="aegisctl webhooks --help")
    if name is None:
        return _list(client, output)
    if action == "test":
        return _test(client, name, output)
    if action == "enable":
        client.call("EnableWebhook", webhook=name)
    else:
        client.call("DisableWebhook", webhook=name, reason=given.text("reason"))
    output.document({"name": name, "state": f"{action}d"})
    output.say(f"{escape(name)} is {action}d")
    return EXIT_OK


def _list(client: Client, output: Output) -> int:
    webhooks = client.call("ListWebhooks")["webhooks"]
    if output.is_json:
        output.documents(webhooks)
    elif not webhooks:
        output.note("no webhooks yet: aegisctl explain webhooks")
    elif output.stdout.tty:
        output.say("\n".join(format_webhooks(webhooks, terminal=output.stdout, now=time.time())))
    else:
        for each in webhooks:
            row = (each["name"], each["state"], each.get("since"), each["waiting"], each["format"], each["url"])
            output.say(format_tsv(row))
    return EXIT_OK


def _test(client: Client, name: str, output: Output) -> int:
    with client.open("TestWebhook", webhook=name) as connection:
        answer = connection.receive(_TEST_S)[0]
    success = bool(answer["success"])
    output.document({"name": name, **answer})
    output.say(f"POST {escape(answer['url'])}  type={answer['type']}  {answer['size']} bytes")
    words = str(answer["status"]) if answer.get("status") is not None else escape(answer.get("error") or "")
    text = f'   "{escape(answer["text"])}"' if answer.get("text") else ""
    mark = mark_of("success" if success else "failure", output.stdout)
    output.say(f"{mark} {words} in {answer['duration_s'] * 1000:.0f} ms{text}")
    return EXIT_OK if success else EXIT_FAILURE
