"""`aegisctl verify`: is the store what it should be, from its file to each run."""

from __future__ import annotations

from aegisctl.commands.backup import STATE_DIR
from aegisctl.daemon_program import become_aegisd
from aegisctl.declare import Flag, Verb
from aegisctl.state_dir import find_state_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "verify",
    group="The service",
    summary="check the store: its file, events, runs and artifacts",
    examples=(
        ("sudo aegisctl verify", "while aegisd works, or without it"),
        ("sudo aegisctl verify --repair", "with aegisd stopped: makes rows of runs again from their events"),
    ),
    flags=(Flag("--repair", help="make rows of runs again that are not what their events say"), STATE_DIR),
    text="For root and the user of aegisd. Exit 1 when something is wrong. What is damaged in the file itself comes "
    "back from a backup only.",
)


def run(*, given: Given, output: Output) -> int:
    """Hand everything to the daemon's program."""
    flags = ["--state-dir", find_state_dir(given), *(["--repair"] if given.switch("repair") else [])]
    become_aegisd("verify", [], given=given, output=output, flags=flags)
