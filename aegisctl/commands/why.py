"""`aegisctl why`: why a run or a step is as it is, in sentences with the events that prove them."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Positional, Verb
from aegisctl.text import escape
from aegisctl.values import find_run
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aegisctl.declare import Given
    from aegisctl.output import Output
    from aegisctl.terminal import Terminal

VERB = Verb(
    "why",
    group="Runs",
    summary="why a run or a step began, waits, was skipped, failed or was cancelled",
    examples=(
        ("aegisctl why 842", "who started it, what failed first, why it ended so"),
        ("aegisctl why 842 report", "why this step was skipped, tried again or cut short"),
        ("aegisctl why nightly", "behind which runs the latest one waits"),
        ("aegisctl why 842 | cut -f1", "the numbers of the events that prove it"),
    ),
    positionals=(
        Positional("RUN", help="the run (see help selectors)"),
        Positional("STEP", count="?", help="only this step"),
    ),
    fields=("run", "step", "links"),
    text="In a pipe each line is the number of the event (- for what is true just now), a tab, and the sentence.",
)


def run(*, given: Given, output: Output) -> int:
    """One sentence a line."""
    client = open_client(given)
    number, step = find_run(client, given.text("RUN")), given.text("STEP")
    links = client.call("ExplainRun", run=number, step=step)["links"]
    output.document({"run": number, "step": step, "links": links})
    if output.stdout.tty:
        output.say(f"#{number}" if step is None else f"#{number} {escape(step)}")
    for link in links:
        output.say(_format_link(link, terminal=output.stdout))
    return EXIT_OK


def _format_link(link: Mapping[str, Any], *, terminal: Terminal) -> str:
    text, seq = escape(link["text"]), link.get("seq")
    if not terminal.tty:
        return f"{'-' if seq is None else seq}\t{text}"
    return f"  {text}" if seq is None else f"  {text} {terminal.paint(f'(event {seq})', 'grey')}"
