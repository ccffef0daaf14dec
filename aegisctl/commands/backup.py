"""`aegisctl backup`: an archive of all that aegisd keeps, while it goes on working."""

from __future__ import annotations

from aegisctl.daemon_program import become_aegisd
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.state_dir import find_state_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

STATE_DIR = Flag("--state-dir", metavar="DIR", help="default: that of the aegisd that answers, else /var/lib/aegis")

VERB = Verb(
    "backup",
    group="The service",
    summary="write an archive of the store and of the output of steps; aegisd goes on working",
    examples=(
        ("sudo aegisctl backup /srv/backup/aegis.tar.gz", "compressed, because of its name"),
        ("sudo aegisctl backup - | ssh other 'cat > aegis.tar'", "to another host, without a file here"),
    ),
    positionals=(Positional("FILE", help="the archive, which must not be there yet; - for stdout"),),
    flags=(STATE_DIR,),
    text="For root and the user of aegisd. The archive is a tar file, made in one pass; the store in it is as of one "
    "moment. It holds what steps have printed, so keep it as you keep that. Workspaces, /etc/aegis and credentials are "
    "not in it. Back again: unpack it into an empty state directory (docs/how-to/back-up-and-restore.md).",
)


def run(*, given: Given, output: Output) -> int:
    """Hand everything to the daemon's program."""
    flags = ["--state-dir", find_state_dir(given)]
    become_aegisd("backup", [str(given.text("FILE"))], given=given, output=output, flags=flags)
