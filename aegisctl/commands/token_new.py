"""`aegisctl token new`: make a token for the HTTP API."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "token new",
    group="The service",
    summary="make a token for the HTTP API and the page; it is shown once",
    examples=(
        ("aegisctl token new ci --scope run", "for a program that starts runs"),
        (
            "aegisctl token new ci --scope run > ci.token",
            "into a file; `umask 077` first keeps others out",
        ),
    ),
    positionals=(Positional("NAME", help="what events and lists call it"),),
    flags=(
        Flag(
            "--scope",
            choices=("read", "run", "admin"),
            repeat=True,
            help="what it is good for; each includes those before it (default read)",
        ),
    ),
    fields=("name", "scopes", "created_at", "by", "secret"),
    text=(
        "Only the secret goes to stdout. aegisd keeps its digest, so that nobody can find it out later. What is done "
        "with it is recorded as done by `token NAME`."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """The secret on a line of its own."""
    scopes = given.texts("scope") or ["read"]
    answer = open_client(given).call("NewToken", name=given.text("NAME"), scopes=scopes)
    output.document({**answer["token"], "secret": answer["secret"]})
    output.say(answer["secret"])
    return EXIT_OK
