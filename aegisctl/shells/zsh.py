"""Completion for zsh: one function for its completion system, with descriptions."""

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
    quote,
    second_words,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aegisctl.declare import Flag, Positional, Verb

_HEAD = """\
#compdef aegisctl
# Completion of aegisctl for zsh, made by:  aegisctl completion zsh
_aegisctl_workflows() {
    local -a names
    names=(${(f)"$(@LIST@)"})
    compadd -a names
}

_aegisctl_steps() {
    local -a names
    local word i
    for ((i = 2; i < CURRENT; i++)); do
        word=$words[i]
        case $word in
            @BESIDE@) ((i++)) ;;
            -*) ;;
            *)
                names=(${(f)"$(@STEPS@)"})
                compadd -a names
                return
                ;;
        esac
    done
    _message 'a step; name the workflow first'
}

_aegisctl() {
    local curcontext=$curcontext state line verb
    local -a shared verbs
    shared=(@SHARED@)
    _arguments -C $shared '1: :->verb' '*:: :->rest' && return 0
    case $state in
        verb)
            verbs=(@VERBS@)
            _describe command verbs
            return
            ;;
    esac
    verb=$words[1]
    case "$words[1] $words[2]" in
        @PAIRS@) verb="$words[1] $words[2]"; shift words; (( CURRENT-- )) ;;
    esac
    case $verb in
"""
_TAIL = """\
    esac
}
if [[ $funcstack[1] == _aegisctl ]]; then
    _aegisctl "$@"
else
    compdef _aegisctl aegisctl
fi
"""


def render_zsh(verbs: Sequence[Verb]) -> str:
    """The script."""
    groups = second_words(verbs)
    pairs = " | ".join(quote(verb.name) for group in groups.values() for verb in group) or "''"
    shared = " ".join(_flag(flag, verbs) for flag in GLOBAL_FLAGS)
    beside = "|".join(list_takers_beside_steps(verbs))
    head = (
        _HEAD.replace("@BESIDE@", beside)
        .replace("@STEPS@", LIST_STEPS)
        .replace("@LIST@", LIST_WORKFLOWS)
        .replace("@SHARED@", shared)
        .replace("@PAIRS@", pairs)
    )
    parts = [head.replace("@VERBS@", _describe(verb for verb in verbs if " " not in verb.name))]
    for verb in verbs:
        parts.append(f"        {quote(verb.name)})\n")
        if verb.name in groups:
            parts.append(f"            verbs=({_describe(groups[verb.name])})\n            _describe command verbs\n")
        specs = [*(_flag(flag, verbs) for flag in verb.flags), *(_positional(each, verbs) for each in verb.positionals)]
        parts.append(f"            _arguments {' '.join(['$shared', *specs])}\n            ;;\n")
    return "".join([*parts, _TAIL])


def _describe(verbs: Iterable[Verb]) -> str:
    return " ".join(quote(f"{verb.name.rpartition(' ')[2]}:{_escape(verb.summary)}") for verb in verbs)


def _flag(flag: Flag, verbs: Sequence[Verb]) -> str:
    """One spec for each name. A value that is optional comes after `=` only."""
    value, attached = "", ""
    if flag.metavar is not None:
        attached, colons = ("=-", "::") if flag.optional is not None else ("", ":")
        value = f"{colons}{_escape(flag.metavar)}:{_action(offer(flag, verbs))}"
    head = "*" if flag.repeat else f"({' '.join(flag.names)})"
    specs = [f"{name}{attached if name.startswith('--') else ''}[{_escape(flag.help)}]{value}" for name in flag.names]
    return " ".join(quote(head + spec) for spec in specs)


def _positional(positional: Positional, verbs: Sequence[Verb]) -> str:
    head = "*" if positional.count in "*+" else ""
    return quote(f"{head}:{_escape(positional.name)}:{_action(offer(positional, verbs))}")


def _action(what: str | Sequence[str]) -> str:
    if what == FILES:
        return "_files"
    if what == WORKFLOWS:
        return "_aegisctl_workflows"
    if what == STEPS:
        return "_aegisctl_steps"
    return f"({' '.join(what)})" if what else " "


def _escape(text: str) -> str:
    """Colons and brackets end a part of a spec."""
    return "".join(f"\\{char}" if char in ":[]\\" else char for char in text)
