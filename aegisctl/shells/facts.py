"""What all shells need to know of the verbs: their words, and what may stand in the place of a value."""

from __future__ import annotations

from aegisctl.topics import TOPICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from aegisctl.declare import Flag, Positional, Verb

FILES = "files"
WORKFLOWS = "workflows"

# prints a workflow a line; silent where no daemon answers. Shells expand what they are given: nothing but plain names
LIST_WORKFLOWS = 'aegisctl -o text workflows 2>/dev/null </dev/null | cut -f1 | grep -Ex "[A-Za-z0-9][A-Za-z0-9._-]*"'

_OF_FILES = {"DIR", "FILE", "PATH"}


def offer(taker: Flag | Positional, verbs: Sequence[Verb]) -> str | Sequence[str]:
    """What a flag or a positional takes: FILES, WORKFLOWS, or the words that it may be (none: anything)."""
    if taker.choices:
        return taker.choices
    name = getattr(taker, "name", None) or getattr(taker, "metavar", None) or ""
    if name == "TOPIC":
        return [*(verb.name for verb in verbs), *TOPICS]
    return FILES if name in _OF_FILES else WORKFLOWS if name == "WORKFLOW" else ()


def takes_next(flag: Flag) -> bool:
    """Whether the next word is the flag's value."""
    return flag.metavar is not None and flag.optional is None


def second_words(verbs: Sequence[Verb]) -> dict[str, list[Verb]]:
    """Verbs of two words by their first."""
    found: dict[str, list[Verb]] = {}
    for verb in verbs:
        first, blank, _ = verb.name.partition(" ")
        if blank:
            found.setdefault(first, []).append(verb)
    return found


def quote(text: str) -> str:
    """`text` as one word of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"
