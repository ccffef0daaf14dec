"""`aegisctl completion`: the script that makes a shell complete aegisctl's words."""

from __future__ import annotations

from aegisctl.declare import Positional, Verb
from aegisctl.help_text import all_verbs
from aegisctl.shells import SHELLS
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "completion",
    group="The service",
    summary="print the completion script of a shell",
    examples=(
        ("aegisctl completion bash > ~/.local/share/bash-completion/completions/aegisctl", "for bash"),
        ('aegisctl completion zsh > "${fpath[1]}/_aegisctl"', "for zsh"),
        ("aegisctl completion fish > ~/.config/fish/completions/aegisctl.fish", "for fish"),
    ),
    positionals=(Positional("SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish"),),
    text="Verbs, flags and their values are in the script; names of workflows and steps are asked for when they are "
    "needed. The Debian package brings all three.",
)


def run(*, given: Given, output: Output) -> int:
    """Print it."""
    output.say(SHELLS[str(given.text("SHELL"))](all_verbs()).rstrip("\n"))
    return EXIT_OK
