"""`aegisctl version`: of this program and of the daemon, if one answers."""

from __future__ import annotations

from aegisctl.client import open_client
from aegisctl.declare import Verb
from aegisctl.failure import Failure
from aegisctl.text import escape
from aegisd import __version__
from aegisd.wire.errors import EXIT_OK, CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "version",
    group="The service",
    summary="the versions of aegisctl and of the daemon",
    examples=(
        ("aegisctl version", "both"),
        ("aegisctl version --json", "for a script; daemon is null when none answers"),
    ),
    fields=("client", "daemon"),
)


def run(*, given: Given, output: Output) -> int:
    """No daemon is no error here."""
    try:
        daemon = str(open_client(given).call("GetStatus")["version"])
    except (Failure, CallError):
        daemon = None
    output.document({"client": __version__, "daemon": daemon})
    output.say(f"aegisctl {__version__}\naegisd   {escape(daemon) if daemon else '(does not answer)'}")
    return EXIT_OK
