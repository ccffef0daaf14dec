"""What `approve` and `reject` share: which run and step, the call, the answer."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional
from aegisctl.table import format_tsv
from aegisctl.text import escape
from aegisctl.values import find_run
from aegisd.wire.errors import EXIT_OK
from aegisd.wire.units import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output

POSITIONALS = (
    Positional("RUN", count="?", help="the run (see help selectors); without it, what waits is listed"),
    Positional("STEP", count="?", help="the step, where the run waits for several"),
)
FLAGS = (Flag("--reason", metavar="TEXT", help="why, for the history"),)
FIELDS = ("run", "workflow", "step", "message", "asked_at", "left_s")


def decide(*, given: Given, output: Output, approve: bool) -> int:
    """Decide, or list what there is to decide."""
    client, word = open_client(given), given.text("RUN")
    if word is None:
        return _list(client, output)
    number, step = find_run(client, word), given.text("STEP")
    answer = client.call("DecideApproval", run=number, step=step, approve=approve, reason=given.text("reason"))
    approval = answer["approval"]
    output.document(approval)
    done = "approved" if approve else "rejected"
    output.say(f"{done} {escape(approval['step'])} of {escape(approval['workflow'])} #{number}")
    output.hint([f"watch it:  aegisctl watch {number}"])
    return EXIT_OK


def _list(client: Client, output: Output) -> int:
    approvals = client.call("ListApprovals")["approvals"]
    output.documents(approvals)
    if not approvals:
        output.note("nothing waits for an approval")
    for each in approvals:
        output.say(_format(each, output))
    return EXIT_OK


def _format(each: Mapping[str, Any], output: Output) -> str:
    if not output.stdout.tty:
        return format_tsv([each.get(name) for name in FIELDS])
    left = f" ({format_duration(each['left_s'])} left)" if each.get("left_s") is not None else ""
    return f"{escape(each['workflow'])} #{each['run']} {escape(each['step'])}{left}: {escape(each['message'])}"
