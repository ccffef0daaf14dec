"""`aegisctl plugins`: the step types that there are, and where each comes from."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Verb
from aegisctl.marks import mark_of, mark_width
from aegisctl.table import Column, format_table, format_tsv
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "plugins",
    group="The service",
    summary="the step types: built in, or from which plugin",
    examples=(
        ("aegisctl plugins", "a table"),
        ("aegisctl plugins --json=name,source", "for a script"),
    ),
    fields=("name", "source", "allowed"),
    text=(
        "A plugin is an installed distribution with entry points in the group aegis.steps. aegisd imports those that "
        "[daemon] plugins names, and no others. In a pipe: name, source, yes or no; separated by tabs."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """A table on a terminal, tab-separated in a pipe."""
    types = open_client(given).call("ListStepTypes")["types"]
    if output.is_json:
        output.documents(types)
    elif output.stdout.tty:
        columns = [Column("STEP TYPE"), Column("SOURCE", free=True), Column("ALLOWED")]
        rows = [
            (
                mark_of("success" if each["allowed"] else "skip", output.stdout),
                [each["name"], each["source"], "yes" if each["allowed"] else "no: name it in [daemon] plugins"],
            )
            for each in types
        ]
        table = format_table(columns, rows, terminal=output.stdout, mark_cells=mark_width(output.stdout))
        output.say("\n".join(table))
    else:
        for each in types:
            output.say(format_tsv((each["name"], each["source"], "yes" if each["allowed"] else "no")))
    return EXIT_OK
