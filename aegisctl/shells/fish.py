"""Completion for fish."""

from __future__ import annotations

from aegisctl.global_flags import GLOBAL_FLAGS
from aegisctl.shells.facts import (
    FILES,
    LIST_STEPS,
    LIST_WORKFLOWS,
    STEPS,
    WORKFLOWS,
    list_takers_beside_steps,
    offer,
    second_words,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from aegisctl.declare import Flag, Verb

_HEAD = """\
# Completion of aegisctl for fish, made by:  aegisctl completion fish
function __aegisctl_steps
    set -l verb
    set -l is_value
    for word in (commandline -opc)[2..]
        if set -q is_value[1]
            set -e is_value
            continue
        end
        switch $word
            case @BESIDE@
                set is_value 1
            case '-*'
            case '*'
                if set -q verb[1]
                    @STEPS@
                    return
                end
                set verb $word
        end
    end
end
complete -c aegisctl -f
"""


def render_fish(verbs: Sequence[Verb]) -> str:
    """The script."""
    groups = second_words(verbs)
    lines = [_flag("", flag, verbs) for flag in GLOBAL_FLAGS]
    for verb in verbs:
        first, _, second = verb.name.partition(" ")
        when = "__fish_use_subcommand" if not second else _seen(first, but=[_second(each) for each in groups[first]])
        lines.append(f"complete -c aegisctl -n {_quote(when)} -a {second or first} -d {_quote(verb.summary)}\n")
        others = [_second(each) for each in groups.get(verb.name, ())]
        here = _seen(first, second, but=others)
        lines += [_flag(f" -n {_quote(here)}", flag, verbs) for flag in verb.flags]
        lines += [_positional(here, offer(each, verbs)) for each in verb.positionals if offer(each, verbs)]
    beside = " ".join(list_takers_beside_steps(verbs))
    return _HEAD.replace("@BESIDE@", beside).replace("@STEPS@", LIST_STEPS) + "".join(lines)


def _second(verb: Verb) -> str:
    return verb.name.partition(" ")[2]


def _seen(*words: str, but: Sequence[str] = ()) -> str:
    parts = [f"__fish_seen_subcommand_from {word}" for word in words if word]
    return "; and ".join([*parts, *([f"not __fish_seen_subcommand_from {' '.join(but)}"] if but else [])])


def _flag(when: str, flag: Flag, verbs: Sequence[Verb]) -> str:
    names = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in flag.names)
    value = "" if flag.metavar is None or flag.optional is not None else _value(offer(flag, verbs))
    return f"complete -c aegisctl{when}{names}{value} -d {_quote(flag.help)}\n"


def _value(what: str | Sequence[str]) -> str:
    return " -r -F" if what == FILES else " -x" + (f" -a {_words(what)}" if what else "")


def _positional(when: str, what: str | Sequence[str]) -> str:
    return f"complete -c aegisctl -n {_quote(when)}" + (" -F\n" if what == FILES else f" -a {_words(what)}\n")


def _words(what: str | Sequence[str]) -> str:
    if what == STEPS:
        return _quote("(__aegisctl_steps)")
    return _quote(f"({LIST_WORKFLOWS})" if what == WORKFLOWS else " ".join(what))


def _quote(text: str) -> str:
    """In fish a backslash inside quotes stands for itself, but before a quote or another one."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
