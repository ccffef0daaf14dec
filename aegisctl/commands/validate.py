"""`aegisctl validate`: check a configuration with the daemon's own loader; no daemon, no root, no network."""

from __future__ import annotations

from aegisctl.daemon_program import become_aegisd
from aegisctl.declare import Flag, Positional, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "validate",
    group="Workflows and configuration",
    summary="check the configuration; needs no daemon",
    examples=(
        ("aegisctl validate", "what the daemon would load"),
        ("aegisctl validate .aegis --strict", "a project's own; warnings fail too"),
        ("aegisctl validate --format concise | head -1", "file:line:column: code message"),
        ("aegisctl validate - < aegis.toml", "from stdin"),
    ),
    positionals=(Positional("PATH", count="*", help="files or folders, - for stdin"),),
    flags=(
        Flag("--format", choices=("full", "concise", "json", "github", "sarif"), help="form of the findings"),
        Flag("--strict", help="warnings fail too"),
        Flag("--no-host", help="it is for another host: do not ask whether this one can honour limits and sandboxes"),
        Flag("--ignore", metavar="CODE", repeat=True, help="leave out findings of this code; may be repeated"),
    ),
    text="Without a path: $AEGIS_CONFIG, else ./.aegis, else /etc/aegis/aegis.toml. Exit 1 when something was found.",
)


def run(*, given: Given, output: Output) -> int:
    """Hand everything to the daemon's program."""
    flags = ["--format", str(given.text("format"))] if given.text("format") else []
    flags += [flag for flag in ("--strict", "--no-host") if given.switch(flag[2:])]
    flags += [word for code in given.texts("ignore") for word in ("--ignore", code)]
    become_aegisd("validate", given.texts("PATH"), given=given, output=output, flags=flags)
