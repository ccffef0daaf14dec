"""`aegisctl diff`: what is different between two runs."""

from __future__ import annotations

from itertools import groupby

from aegisctl.artifact_list import iter_artifacts
from aegisctl.client import open_client
from aegisctl.declare import Positional, Verb
from aegisctl.run_diff import RunFacts, compare_runs, is_equal
from aegisctl.table import format_tsv
from aegisctl.text import escape
from aegisctl.values import find_run
from aegisd.wire.errors import EXIT_FAILURE, EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output
    from aegisctl.run_diff import Difference
    from aegisctl.terminal import Terminal

_DIGEST_SHOWN = 12

VERB = Verb(
    "diff",
    group="Runs",
    summary="what is different between two runs: definition, parameters, results, artifacts",
    examples=(
        ("aegisctl diff 841 842", "why did this one fail?"),
        ("aegisctl diff quality~1 quality", "the latest two runs of a workflow"),
        ("aegisctl diff 841 842 --json=equal", "for a script; so does the exit status"),
    ),
    positionals=(
        Positional("RUN1", help="one run (see help selectors)"),
        Positional("RUN2", help="the other run"),
    ),
    fields=("left", "right", "equal", "differences"),
    text=(
        "Exit 0 when both came to the same, 1 when not. Times are shown and do not count. Artifacts are compared by "
        "their SHA-256, of the environment the names. In a pipe: topic, name, left, right; separated by tabs."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """The differences by topic."""
    client = open_client(given)
    numbers = [find_run(client, given.text(name)) for name in ("RUN1", "RUN2")]
    left, right = (_read(client, number) for number in numbers)
    differences = compare_runs(left, right)
    equal = is_equal(differences)
    rows = [{"what": d.what, "name": d.name, "left": d.left, "right": d.right} for d in differences]
    output.document({"left": numbers[0], "right": numbers[1], "equal": equal, "differences": rows})
    if output.stdout.tty:
        output.say("\n".join(_format(numbers, differences, equal=equal, terminal=output.stdout)))
    else:
        for each in differences:
            output.say(format_tsv([each.what, each.name, each.left, each.right]))
    return EXIT_OK if equal else EXIT_FAILURE


def _read(client: Client, number: int) -> RunFacts:
    detail = client.call("GetRun", run=number)["detail"]
    definition = client.call("GetDefinition", run=number)["definition"]
    return RunFacts(detail, definition, list(iter_artifacts(client, number)))


def _format(numbers: Sequence[int], differences: Sequence[Difference], *, equal: bool, terminal: Terminal) -> list[str]:
    lines = [f"#{numbers[0]} and #{numbers[1]} {'came to the same' if equal else 'differ'}"]
    for what, members in groupby(differences, key=lambda each: each.what):
        lines.append(f"  {terminal.paint(what, 'bold')}")
        lines += [f"    {escape(each.name)}  {_show(each.left)} → {_show(each.right)}" for each in members]
    return lines


def _show(value: Any) -> str:
    if value is None:
        return "–"
    text = escape(value)
    return text[:_DIGEST_SHOWN] if len(text) == 64 and text.isalnum() else text or '""'
