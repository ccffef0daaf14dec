"""`aegisctl help`: the verbs, one verb, or a topic."""

from __future__ import annotations

from aegisctl.arguments import nearest
from aegisctl.commands import COMMANDS, load_verb
from aegisctl.declare import Positional, Verb
from aegisctl.failure import Failure
from aegisctl.help_text import format_index, format_verb
from aegisctl.pager import paged
from aegisctl.topics import TOPICS
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "help",
    group="The service",
    summary="help for a verb or a topic",
    examples=(
        ("aegisctl help", "all verbs"),
        ("aegisctl help run", "one verb (as aegisctl run --help)"),
        ("aegisctl help exit-codes", "a topic"),
    ),
    positionals=(
        Positional("TOPIC", count="*", help="a verb, or: exit-codes environment output selectors time signals"),
    ),
)


def run(*, given: Given, output: Output) -> int:
    """Print it, through a pager when it is longer than the screen."""
    text = _find_text(" ".join(given.texts("TOPIC")) or None)
    with paged(output, wanted=not given.switch("no-pager")) as shown:
        shown.say(text.rstrip("\n"))
    return EXIT_OK


def _find_text(topic: str | None) -> str:
    if topic is None:
        return format_index()
    if topic in COMMANDS:
        return format_verb(load_verb(topic)[0])
    if topic in TOPICS:
        return TOPICS[topic][1]
    known = [*COMMANDS, *TOPICS]
    guess = nearest(topic, known)
    hint = f"did you mean {guess}?" if guess else f"topics: {', '.join(TOPICS)}; verbs: aegisctl help"
    raise Failure("no-such-topic", f"no help on {topic!r}", hint=hint)
