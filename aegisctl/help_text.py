"""Declarations to help: the list of verbs, and the help of one. Pure."""

from __future__ import annotations

from aegisctl.arguments import usage_line
from aegisctl.commands import COMMANDS, load_verb
from aegisctl.global_flags import GLOBAL_FLAGS
from aegisctl.topics import TOPICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from aegisctl.declare import Verb

_WIDTH = 80


def all_verbs() -> list[Verb]:
    """Every declaration, in the order of COMMANDS."""
    return [load_verb(name)[0] for name in COMMANDS]


def format_index() -> str:
    """What `aegisctl help` shows: all verbs by group, and the topics."""
    verbs = all_verbs()
    parts = ["usage: aegisctl [flags] VERB ...\n"]
    for group in dict.fromkeys(verb.group for verb in verbs):
        rows = [(verb.name, verb.summary) for verb in verbs if verb.group == group]
        parts.append(f"{group}\n{_rows(rows)}")
    parts.append("Topics (aegisctl help TOPIC)\n" + _rows([(name, title) for name, (title, _) in TOPICS.items()]))
    parts.append(
        "Flags of every verb, before or after it\n" + _rows([(flag.usage, flag.help) for flag in GLOBAL_FLAGS])
    )
    return "\n".join([*parts, "More on a verb, with examples: aegisctl VERB --help\n"])


def format_verb(verb: Verb) -> str:
    """The help of one verb: examples first."""
    parts = [f"{verb.summary}\n", _rows([(line, why) for line, why in verb.examples])]
    parts.append(f"usage: {usage_line(verb)}\n")
    takes = [(positional.name, positional.help) for positional in verb.positionals]
    takes += [(flag.usage, flag.help) for flag in verb.flags]
    if takes:
        parts.append(_rows(takes))
    if verb.text:
        parts.append(_wrap(verb.text, "", _WIDTH) + "\n")
    if verb.fields:
        parts.append(_wrap(f"JSON fields: {', '.join(verb.fields)}", "", _WIDTH) + "\n")
    return "\n".join([*parts, "Flags of every verb: aegisctl help\n"])


def _rows(rows: Sequence[tuple[str, str]]) -> str:
    """Two columns; a left side that is too long gets a line of its own."""
    left = min(30, max(len(name) for name, _ in rows)) + 2
    text = ""
    for name, meaning in rows:
        start = f"  {name:<{left}}"
        if len(name) > left - 2:
            text, start = f"{text}  {name}\n", " " * (left + 2)
        text += _wrap(meaning, start, _WIDTH) + "\n"
    return text


def _wrap(text: str, start: str, width: int) -> str:
    """`text` in lines of at most `width`, hanging under the end of `start`."""
    lines, line = [], start
    blank = True
    for word in text.split():
        if not blank and len(line) + 1 + len(word) > width:
            lines.append(line)
            line, blank = " " * len(start), True
        line += word if blank else f" {word}"
        blank = False
    return "\n".join([*lines, line])
