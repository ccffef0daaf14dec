"""`aegisctl cancel`: end runs, wait until they have ended, and say what happened."""

from __future__ import annotations

from aegisctl.ask import ask
from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.failure import Failure, Leave
from aegisctl.follow import Follower
from aegisctl.interrupts import leave_on_signals
from aegisctl.run_view import RunView
from aegisctl.text import escape, plural
from aegisctl.values import find_run
from aegisctl.watching import say_verdict
from aegisd.wire.errors import EXIT_OK, EXIT_SIGINT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output

_ACTIVE = ["pending", "executing", "finalizing"]

VERB = Verb(
    "cancel",
    group="Runs",
    summary="end runs and everything they started, and wait until it is gone",
    examples=(
        ("aegisctl cancel 842", "one run"),
        ("aegisctl cancel 842 --reason 'wrong branch'", "and say why"),
        ("aegisctl cancel --all nightly -y", "all runs of a workflow, without a question"),
        ("aegisctl cancel 842 --force", "even if a process will not die"),
    ),
    positionals=(Positional("RUN", count="*", help="the runs (see help selectors)"),),
    flags=(
        Flag("--all", metavar="WORKFLOW", help="all runs of this workflow that have not ended"),
        Flag("--reason", metavar="TEXT", help="why, for the history"),
        Flag("--force", help="end the run in the books even when a process will not die"),
        Flag("--no-wait", help="only ask; do not wait for the end"),
        Flag("-y", "--yes", help="do not ask before --all"),
    ),
    fields=("id", "workflow", "result", "reason", "duration_s"),
    text="Ctrl-C while waiting leaves (130); the cancellation stands.",
)


def run(*, given: Given, output: Output) -> int:
    """Ask for all ends first, then wait for each."""
    leave_on_signals()
    client = open_client(given)
    runs = _chosen(client, given, output)
    for number in runs:
        client.call("CancelRun", run=number, reason=given.text("reason"), force=given.switch("force") or None)
        output.note(f"cancelling #{number}")
    if given.switch("no-wait"):
        output.documents([{"id": number} for number in runs])
        return EXIT_OK
    try:
        ends = [_wait_for_end(client, number, output) for number in runs]
    except KeyboardInterrupt:
        numbers = ", ".join(f"#{number}" for number in runs)
        raise Leave(EXIT_SIGINT, f"not waiting any longer; the cancellation of {numbers} stands") from None
    output.documents(
        [
            {"id": view.id, "workflow": view.workflow, **{key: (view.end or {}).get(key) for key in VERB.fields[2:]}}
            for view in ends
        ]
    )
    return EXIT_OK


def _chosen(client: Client, given: Given, output: Output) -> list[int]:
    workflow, words = given.text("all"), given.texts("RUN")
    if (workflow is None) == (not words):
        raise Failure("usage", "cancel: name runs, or a workflow with --all", hint="aegisctl cancel --help")
    if workflow is None:
        return list(dict.fromkeys(find_run(client, word) for word in words))
    found = client.call("ListRuns", workflow=workflow, states=_ACTIVE, limit=1000)["runs"]
    runs = [int(each["id"]) for each in found]
    if not runs:
        output.note(f"no run of {escape(workflow)} is waiting or executing")
    elif not given.switch("yes"):
        question = f"Cancel {plural(len(runs), 'run')} of {escape(workflow)}?"
        if not ask(question, given, output, verb="cancel --all"):
            raise Leave(EXIT_OK, "nothing was cancelled")
    return runs


def _wait_for_end(client: Client, number: int, output: Output) -> RunView:
    view = RunView(client.call("GetRun", run=number)["detail"])
    follower = Follower(client, {"run": number, "follow": True}, utc=output.utc)
    for item in follower.items():
        if item.kind == "event":
            view.apply(item.data)
        elif item.text:
            output.note(item.text)
        if view.end is not None:
            break
    follower.close()
    if view.end is None:
        view.finish(client.call("GetRun", run=number)["detail"]["run"])
    say_verdict(view, output)
    return view
