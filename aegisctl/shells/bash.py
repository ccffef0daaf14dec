"""Completion for bash, without the package bash-completion."""

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
    takes_next,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aegisctl.declare import Flag, Verb

_HEAD = """\
# Completion of aegisctl for bash, made by:  aegisctl completion bash
_aegisctl_offer() {
    mapfile -t COMPREPLY < <(compgen "${@:2}" -- "$1")
}

_aegisctl_steps() {
    local word i verb=
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            @BESIDE@) ((i++)); if [[ ${COMP_WORDS[i]} == = ]]; then ((i++)); fi ;;
            -* | =) ;;
            *)
                if [[ -n $verb ]]; then
                    @STEPS@
                    return
                fi
                verb=$word
                ;;
        esac
    done
}

_aegisctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= word i
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            @TAKERS@) ((i++)); if [[ ${COMP_WORDS[i]} == = ]]; then ((i++)); fi ;;
            -* | =) ;;
            *)
                if [[ -z $verb ]]; then
                    verb=$word
                elif [[ @PAIRS@ == *"|$verb $word|"* ]]; then
                    verb+=" $word"
                    break
                else
                    break
                fi
                ;;
        esac
    done
"""
_TAIL = """\
}
complete -o filenames -F _aegisctl aegisctl
"""


def render_bash(verbs: Sequence[Verb]) -> str:
    """The script."""
    pairs = "|".join(["", *(verb.name for group in second_words(verbs).values() for verb in group), ""])
    takers = " | ".join(name for flag in GLOBAL_FLAGS if takes_next(flag) for name in flag.names)
    head = _HEAD.replace("@BESIDE@", " | ".join(list_takers_beside_steps(verbs))).replace("@STEPS@", LIST_STEPS)
    parts = [head.replace("@TAKERS@", takers).replace("@PAIRS@", quote(pairs)), '    case "$verb:$prev" in\n']
    parts += [_value("*", flag, verbs) for flag in GLOBAL_FLAGS if flag.metavar]
    parts += [_value(quote(verb.name), flag, verbs) for verb in verbs for flag in verb.flags if flag.metavar]
    parts.append("    esac\n    if [[ $cur == -* ]]; then\n        case $verb in\n")
    parts += [f"            {quote(verb.name)}) {_words(_names((*verb.flags, *GLOBAL_FLAGS)))} ;;\n" for verb in verbs]
    parts.append(f"            *) {_words(_names(GLOBAL_FLAGS))} ;;\n        esac\n        return\n    fi\n")
    parts.append(
        f"    case $verb in\n        '') {_words(dict.fromkeys(v.name.partition(' ')[0] for v in verbs))} ;;\n"
    )
    parts += [_positional(verb, verbs) for verb in verbs]
    return "".join([*parts, "    esac\n", _TAIL])


def _value(verb: str, flag: Flag, verbs: Sequence[Verb]) -> str:
    """The line that offers the value of a flag. A flag whose value is optional has one after `=` only."""
    names = " | ".join(f"{verb}:{name}" for name in flag.names)
    if flag.optional is not None:
        return ""
    return f"        {names}) {_offer(offer(flag, verbs))}; return ;;\n"


def _positional(verb: Verb, verbs: Sequence[Verb]) -> str:
    words = [other.name.partition(" ")[2] for other in second_words(verbs).get(verb.name, ())]
    offers = [found for found in (offer(each, verbs) for each in verb.positionals) if found]
    if words:
        return f"        {quote(verb.name)}) {_words(words)} ;;\n"
    return f"        {quote(verb.name)}) {_offer(offers[0])} ;;\n" if offers else ""


def _offer(what: str | Sequence[str]) -> str:
    if what == FILES:
        return '_aegisctl_offer "$cur" -f'
    if what == WORKFLOWS:
        return f'_aegisctl_offer "$cur" -W "$({LIST_WORKFLOWS})"'
    if what == STEPS:
        return '_aegisctl_offer "$cur" -W "$(_aegisctl_steps)"'
    return _words(what) if what else "COMPREPLY=()"


def _words(words: Iterable[str]) -> str:
    return f'_aegisctl_offer "$cur" -W {quote(" ".join(words))}'


def _names(flags: Iterable[Flag]) -> list[str]:
    return [name for flag in flags for name in flag.names]
