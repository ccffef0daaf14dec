"""`aegisctl token revoke`: take a token back."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Positional, Verb
from aegisctl.text import escape
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "token revoke",
    group="The service",
    summary="take a token back at once; who signed in with it is signed out",
    examples=(
        ("aegisctl token revoke ci", "its requests are refused from now on"),
        ("aegisctl token list", "which there are"),
    ),
    positionals=(Positional("NAME", help="the token"),),
    fields=("name",),
    text="A token of the configuration goes by taking it out of `tokens` in [web] and reloading.",
)


def run(*, given: Given, output: Output) -> int:
    """One sentence."""
    name = given.text("NAME") or ""
    open_client(given).call("RevokeToken", name=name)
    output.document({"name": name})
    output.say(f"revoked: {escape(name)}")
    return EXIT_OK
