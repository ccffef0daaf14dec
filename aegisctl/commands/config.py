"""`aegisctl config show`: the configuration in force."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.text import escape
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "config",
    group="Workflows and configuration",
    summary="show the configuration in force, secrets masked",
    examples=(
        ("aegisctl config show", "as TOML"),
        ("aegisctl config show --origin", "with file and line of each key"),
    ),
    positionals=(Positional("show", choices=("show",), help="the only thing to do with it so far"),),
    flags=(Flag("--origin", help="say for each key where its value comes from"),),
    fields=("text",),
)


def run(*, given: Given, output: Output) -> int:
    """The text as the daemon wrote it."""
    answer = open_client(given).call("ShowConfig", origin=given.switch("origin") or None)
    output.document({"text": answer["text"]})
    text = str(answer["text"]).rstrip("\n")
    output.say("\n".join(escape(line.expandtabs()) for line in text.split("\n")) if output.stdout.tty else text)
    return EXIT_OK
