"""`aegisctl usage`: what the models that agents asked have used."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.table import format_tsv
from aegisctl.usage_text import describe_tokens, format_usage
from aegisctl.values import find_run, when
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

_GROUPS = ("model", "role", "step", "workflow", "run")

VERB = Verb(
    "usage",
    group="Events",
    summary="tokens and cost of the models that agents asked",
    examples=(
        ("aegisctl usage 842", "of one run, by model"),
        ("aegisctl usage -S 7d --by workflow --by model", "of the last week"),
        ("aegisctl usage - --by step --by role --json", "of the last run that you started, for a script"),
    ),
    positionals=(Positional("RUN", count="?", help="only this run (see help selectors)"),),
    flags=(
        Flag("--by", choices=_GROUPS, repeat=True, help="split by this (default model); may be repeated"),
        Flag("--workflow", metavar="NAME", repeat=True, help="only this workflow; may be repeated"),
        Flag("-S", "--since", metavar="TIME", parse=when, help="only since (see help time)"),
        Flag("-U", "--until", metavar="TIME", parse=when, help="only until then"),
    ),
    fields=("total", "usage"),
    text=(
        "Steps tell of their models with events of the type llm.responded. The cost is the sum of what they said; "
        '"at least" stands before it where some calls said none. In a pipe: what it is split by, calls, tokens in, '
        "out and in all, cost; separated by tabs."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """A table and the sum on a terminal, tab-separated rows in a pipe."""
    client = open_client(given)
    by = list(dict.fromkeys(given.texts("by"))) or ["model"]
    answer = client.call(
        "GetUsage",
        run=None if given.text("RUN") is None else find_run(client, given.text("RUN")),
        workflows=given.texts("workflow") or None,
        since=given.text("since"),
        until=given.text("until"),
        by=by,
    )
    if output.is_json:
        output.document(answer)
    elif not answer["usage"]:
        output.note("no model was asked")
    elif output.stdout.tty:
        output.say("\n".join(format_usage(answer["usage"], by, terminal=output.stdout)))
        output.say(f"\n{describe_tokens(answer['total'])}")
    else:
        for row in answer["usage"]:
            numbers = (row[key] for key in ("calls", "prompt_tokens", "completion_tokens", "total_tokens", "cost_usd"))
            output.say(format_tsv((*(row["group"].get(name) for name in by), *numbers)))
    return EXIT_OK
