"""`aegisctl` alone: one short screen, with or without a daemon."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Verb
from aegisctl.failure import Failure
from aegisctl.status_screen import format_summary
from aegisctl.text import escape
from aegisd.wire.errors import EXIT_OK, CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb("", group="", summary="", examples=())

_COMMANDS = """
  aegisctl status              what is going on
  aegisctl run WORKFLOW        start a workflow and watch it
  aegisctl logs RUN --failed   why did it fail
  aegisctl tail-events         events as they happen
  aegisctl validate            check the configuration

All commands: aegisctl help"""


def run(*, given: Given, output: Output) -> int:
    """The state of the daemon in a line, and where to go from here."""
    try:
        head = format_summary(open_client(given).call("GetStatus"), now=time.time())
    except (Failure, CallError) as error:
        hint = (error.hint or "").splitlines()
        head = "\n".join([escape(error.message), *(f"  {escape(line)}" for line in hint)])
    output.say(head + "\n" + _COMMANDS)
    return EXIT_OK
