"""Words to values, from the declarations of `declare`. Unknown flags are refused with the nearest right one.

Not argparse: its import, its gettext look-ups and the formatter that it builds for each argument cost `aegisctl status`
3 ms of 17, and it cannot take positionals after flags (`run quality --here a=1`) without its second parser.
"""

from __future__ import annotations

from aegisctl.declare import Given
from aegisctl.failure import Failure
from aegisctl.global_flags import GLOBAL_FLAGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from aegisctl.declare import Flag, Positional, Verb


def split_verb(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The verb (the first word that is neither a global flag nor its value) and all the other words."""
    flags = _by_name(GLOBAL_FLAGS)
    place = 0
    while place < len(words):
        word = words[place]
        if not word.startswith("-") or word == "-":
            return word, [*words[:place], *words[place + 1 :]]
        name = word.partition("=")[0] if word.startswith("--") else word[:2]
        flag = flags.get(name)
        takes_next = flag is not None and flag.metavar is not None and flag.optional is None and word == name
        place += 2 if takes_next else 1
    return None, list(words)


def parse_words(verb: Verb, words: Sequence[str]) -> Given:
    """What `words` give to `verb`. Raises Failure (usage) for anything that was not declared."""
    reader = _Reader(verb, words)
    reader.read()
    values = reader.values
    if "help" in values or "version" in values or values.get("json") == "?":
        return Given(verb, values)  # a question about the verb needs none of its arguments
    return Given(verb, {**values, **_assign(verb, reader.positionals)})


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    from difflib import get_close_matches  # noqa: PLC0415 - 1 ms that only a mistake costs

    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


class _Reader:
    """One pass over the words: flags into `values`, the rest into `positionals`."""

    def __init__(self, verb: Verb, words: Sequence[str]) -> None:
        self._verb = verb
        self._words = list(words)
        self._flags = {**_by_name(GLOBAL_FLAGS), **_by_name(verb.flags)}
        self.values: dict[str, Any] = {}
        self.positionals: list[str] = []

    def read(self) -> None:
        while self._words:
            word = self._words.pop(0)
            if word == "--":
                self.positionals += self._words
                return
            if word.startswith("--"):
                self._read_long(word)
            elif word.startswith("-") and word != "-":
                self._read_short(word)
            else:
                self.positionals.append(word)

    def _read_long(self, word: str) -> None:
        name, equals, value = word.partition("=")
        flag = self._find(name)
        if flag.metavar is None:
            if equals:
                raise _usage(self._verb, f"{name} takes no value")
            self.values[flag.key] = True
        elif equals:
            self._store(flag, name, value)
        elif flag.optional is not None:
            self.values[flag.key] = flag.optional
        else:
            self._store(flag, name, self._next_value(flag, name))

    def _read_short(self, word: str) -> None:
        rest = word[1:]
        while rest:
            name, rest = f"-{rest[0]}", rest[1:]
            flag = self._find(name)
            if flag.metavar is None:
                self.values[flag.key] = True
                continue
            self._store(flag, name, rest or self._next_value(flag, name))
            return

    def _find(self, name: str) -> Flag:
        flag = self._flags.get(name)
        if flag is not None:
            return flag
        guess = nearest(name, [known for known in self._flags if known.startswith("--")])
        hint = f"did you mean {guess}?" if guess else f"aegisctl {self._verb.name} --help"
        raise _usage(self._verb, f"unknown flag {name}", hint)

    def _next_value(self, flag: Flag, name: str) -> str:
        if not self._words or self._words[0].partition("=")[0] in self._flags:
            raise _usage(self._verb, f"{name} needs a value: {flag.metavar}")
        return self._words.pop(0)

    def _store(self, flag: Flag, name: str, text: str) -> None:
        if flag.choices and text not in flag.choices:
            raise _usage(self._verb, f"{name} cannot be {text!r}", f"one of: {', '.join(flag.choices)}")
        try:
            value = flag.parse(text)
        except ValueError as error:
            raise _usage(self._verb, f"{name}: {error}") from None
        if flag.repeat:
            self.values.setdefault(flag.key, []).append(value)
        else:
            self.values[flag.key] = value


def _assign(verb: Verb, words: Sequence[str]) -> dict[str, Any]:
    """The positional words under the names of their declarations."""
    left = list(words)
    values: dict[str, Any] = {}
    for positional in verb.positionals:
        if positional.count in "*+":
            values[positional.name], left = left, []
        elif left:
            values[positional.name] = left.pop(0)
        if positional.count in "1+" and not values.get(positional.name):
            raise _usage(verb, f"{positional.name} is missing", f"usage: {usage_line(verb)}")
        _check_choice(verb, positional, values)
    if left:
        raise _usage(verb, f"one word too many: {left[0]!r}", f"usage: {usage_line(verb)}")
    return values


def _check_choice(verb: Verb, positional: Positional, values: dict[str, Any]) -> None:
    value = values.get(positional.name)
    if positional.choices and value is not None and value not in positional.choices:
        hint = f"one of: {', '.join(positional.choices)}"
        raise _usage(verb, f"{positional.name} cannot be {value!r}", hint)


def usage_line(verb: Verb) -> str:
    """`aegisctl logs RUN [STEP] [flags]`."""
    words = ["aegisctl", verb.name, *(positional.usage for positional in verb.positionals)]
    return " ".join([*words, "[flags]"] if verb.flags else words)


def _by_name(flags: Iterable[Flag]) -> dict[str, Flag]:
    return {name: flag for flag in flags for name in flag.names}


def _usage(verb: Verb, message: str, hint: str | None = None) -> Failure:
    return Failure("usage", f"{verb.name}: {message}" if verb.name else message, hint=hint)
