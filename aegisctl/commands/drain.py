"""`aegisctl drain`: have the daemon take and start no more runs, and wait until none executes."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Flag, Verb
from aegisctl.failure import Failure, Leave
from aegisctl.interrupts import leave_on_signals
from aegisctl.text import plural
from aegisctl.values import duration
from aegisd.wire.errors import EXIT_OK, EXIT_SIGINT, EXIT_TEMPFAIL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output

_LOOK_S = 0.5  # how often it is asked whether something still executes

VERB = Verb(
    "drain",
    group="The service",
    summary="take and start no more runs, for an upgrade; executing ones finish",
    examples=(
        ("aegisctl drain", "from now on; undo it with aegisctl resume"),
        ("aegisctl drain --wait && apt upgrade", "and wait until nothing executes"),
        ("aegisctl drain --wait --timeout 30m", "but not for longer than that (exit 124)"),
    ),
    flags=(
        Flag("--wait", help="return when no run executes any more"),
        Flag("--timeout", metavar="DUR", parse=duration, help="with --wait: wait at most so long, then exit 124"),
    ),
    fields=("drained", "executing", "queued"),
    text=(
        "Runs in the queue keep their place. New ones are refused (75), also those that a step asks for. SIGTERM and "
        "systemctl stop work as ever; after a restart aegisd takes runs again."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """A sentence: how many runs execute and wait."""
    if given.value("timeout") is not None and not given.switch("wait"):
        raise Failure("usage", "drain: --timeout is for --wait", hint="aegisctl drain --wait --timeout DUR")
    leave_on_signals()
    client = open_client(given)
    runs, status = client.call("Drain"), EXIT_OK
    if given.switch("wait"):
        try:
            runs, status = _wait(client, runs, output, limit_s=given.value("timeout"))
        except KeyboardInterrupt:
            raise Leave(EXIT_SIGINT, "not waiting any longer; aegisd stays drained") from None
    executing, queued = runs["executing"], runs["queued"]
    output.document({"drained": status == EXIT_OK, "executing": executing, "queued": queued})
    if status == EXIT_OK:
        words = f"{plural(executing, 'run')} still executing" if executing else "nothing executes"
        output.say(f"drained: {words}, {queued} in the queue")
        output.hint(["again:  aegisctl resume"])
    return status


def _wait(client: Client, runs: dict[str, int], output: Output, *, limit_s: float | None) -> tuple[dict[str, int], int]:
    """Until nothing executes: how it stands, and the exit status."""
    deadline = None if limit_s is None else time.monotonic() + limit_s
    told = 0
    while executing := runs["executing"]:
        if executing != told:
            output.note(f"waiting for {plural(executing, 'run')} to end")
            told = executing
        left_s = _LOOK_S if deadline is None else min(_LOOK_S, deadline - time.monotonic())
        if left_s <= 0:
            message = f"{plural(executing, 'run')} did not end within {limit_s:g} s; aegisd stays drained"
            raise Failure("client-timeout", message, hint="again: aegisctl drain --wait\nundo:  aegisctl resume")
        time.sleep(left_s)  # noqa: TID251 - this program does nothing but wait
        status = client.call("GetStatus")
        runs = status["runs"]
        if not status["draining"]:
            output.note("aegisd takes runs again: somebody resumed it")
            return runs, EXIT_TEMPFAIL
    return runs, EXIT_OK
