"""What all shells need to know of the verbs: their words, and what may stand in the place of a value."""

from __future__ import annotations

from aegisctl.declare import Flag
from aegisctl.global_flags import GLOBAL_FLAGS
from aegisctl.topics import TOPICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from aegisctl.declare import Positional, Verb

FILES = "files"
WORKFLOWS = "workflows"
STEPS = "steps"

# what prints a name a line; silent where no daemon answers. Shells expand what they are given: nothing but plain names
_PLAIN = '2>/dev/null </dev/null | cut -f1 | grep -Ex "[A-Za-z0-9][A-Za-z0-9._-]*"'
LIST_WORKFLOWS = f"aegisctl -o text workflows {_PLAIN}"
LIST_STEPS = f'aegisctl -o text workflows --steps "$word" {_PLAIN}'

_OF_FILES = {"DIR", "FILE", "PATH"}


def offer(taker: Flag | Positional, verbs: Sequence[Verb]) -> str | Sequence[str]:
    """What a flag or a positional takes: FILES, WORKFLOWS, STEPS, or the words that it may be (none: anything)."""
    if taker.choices:
        return taker.choices
    if isinstance(taker, Flag) and taker.metavar == "STEP":
        return STEPS
    name = (taker.metavar if isinstance(taker, Flag) else taker.name) or ""
    if name == "TOPIC":
        return [*(verb.name for verb in verbs), *TOPICS]
    return FILES if name in _OF_FILES else WORKFLOWS if name == "WORKFLOW" else ()


def list_takers_beside_steps(verbs: Sequence[Verb]) -> list[str]:
    """The flags with a value behind them that may stand in a line before the workflow whose steps are asked for."""
    beside = [flag for verb in verbs if _takes_steps(verb) for flag in verb.flags]
    flags = [flag for flag in (*GLOBAL_FLAGS, *beside) if takes_next(flag)]
    return list(dict.fromkeys(name for flag in flags for name in flag.names))


def _takes_steps(verb: Verb) -> bool:
    return "WORKFLOW" in {each.name for each in verb.positionals} and "STEP" in {flag.metavar for flag in verb.flags}


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
