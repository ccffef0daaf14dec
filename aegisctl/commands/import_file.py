"""`aegisctl import`: a configuration of aegis_qa as one of aegis; no daemon, no network."""

from __future__ import annotations

from aegisctl.daemon_program import become_aegisd
from aegisctl.declare import Flag, Positional, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "import",
    group="Workflows and configuration",
    summary="turn a configuration of aegis_qa (.aegis.yaml) into one of aegis",
    examples=(
        ("aegisctl import .aegis.yaml", "shows the aegis.toml that it becomes"),
        ("aegisctl import .aegis.yaml -O aegis.toml", "writes it; then: aegisctl validate aegis.toml"),
        ("aegisctl import .aegis.yaml --env staging", "with .aegis.staging.yaml laid over it, as AEGIS_ENV did"),
    ),
    positionals=(Positional("FILE", help="the file, - for stdin"),),
    flags=(
        Flag("-O", "--to", metavar="FILE", help="write it there instead of to stdout"),
        Flag("-e", "--env", metavar="ENV", help="lay .aegis.ENV.yaml beside the file over it"),
        Flag("-f", "--force", help="replace a file that is there"),
    ),
    fields=("text", "changes", "unset"),
    text=(
        "What means something else here, or has no counterpart, is a comment where it stood. The result is checked as "
        "by validate: exit 1 when something is left to do but to set variables. Old runs are not imported."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """Hand everything to the daemon's program."""
    flags = ["--to", str(given.text("to"))] if given.text("to") else []
    flags += ["--env", str(given.text("env"))] if given.text("env") is not None else []
    flags += ["--force"] if given.switch("force") else []
    become_aegisd("import", [str(given.text("FILE"))], given=given, output=output, flags=flags)
