"""`aegisctl executors`: where steps run beside this host, and how these places are."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Flag, Verb
from aegisctl.executor_screen import format_executors, format_nodes
from aegisctl.table import format_tsv
from aegisd.wire.errors import EXIT_FAILURE, EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "executors",
    group="The service",
    summary="where steps run beside this host: up or down, nodes, our jobs, the last error",
    examples=(
        ("aegisctl executors", "look at each of them now"),
        ("aegisctl executors --exit-status -q", "exit 1 if one does not answer"),
    ),
    flags=(Flag("--exit-status", help="exit 1 if an executor does not answer"),),
    fields=("name", "type", "state", "silent_s", "nodes", "waiting", "running", "detail", "last_error"),
    text="In a pipe: name, type, state, jobs that wait, jobs that run, nodes, last error; separated by tabs.",
)


def run(*, given: Given, output: Output) -> int:
    """A table on a terminal, tab-separated in a pipe."""
    executors = open_client(given).call("ListExecutors")["executors"]
    if output.is_json:
        output.documents(executors)
    elif not executors:
        output.note("all steps run on this host: aegisctl explain executor")
    elif given.switch("exit-status") and output.quiet:
        pass
    elif output.stdout.tty:
        output.say("\n".join(format_executors(executors, terminal=output.stdout)))
    else:
        for each in executors:
            counts = (each["waiting"], each["running"], format_nodes(each["nodes"]), each.get("last_error"))
            output.say(format_tsv((each["name"], each.get("type"), each["state"], *counts)))
    down = any(each["state"] != "up" for each in executors)
    return EXIT_FAILURE if down and given.switch("exit-status") else EXIT_OK
